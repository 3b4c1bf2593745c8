import type { UniversalServerResponse } from '@connectrpc/connect/protocol';

const HEADER = 'grpc-message';

/** What the gRPC specification leaves as it is: printable ASCII without the percent sign. */
const NEEDS_ESCAPE = /[^\x20-\x24\x26-\x7e]+/g;

/**
 * The response with its status text escaped as far as gRPC asks for and no further. The handlers escape commas and
 * colons too, and grpc-js, which undoes only what is not reserved in a URI, would show those as `%2C`.
 */
export function withPlainGrpcMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { trailer } = response;
  if (trailer === undefined) return response;
  return {
    ...response,
    // Read when the body has ended; the status is not there before.
    get trailer() {
      const message = trailer.get(HEADER);
      if (message !== null) trailer.set(HEADER, respell(message));
      return trailer;
    },
  };
}

function respell(escaped: string): string {
  return decodeURIComponent(escaped).replace(NEEDS_ESCAPE, encodeURIComponent);
}
