import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import type { AnyRequest, AnyResponse } from './request-listener.ts';

/** What is still read of a request before its answer ends, so that its sender gets to see that. */
const DISCARD_BYTES = 16 * 1024 * 1024;
const DISCARD_MS = 2_000;

/**
 * Ends an HTTP/2 stream when its request is answered, has that arrived or not. A caller whose message was refused,
 * because it is too large, would else wait for ever for leave to send the rest: RFC 9113, section 8.1, has the server
 * tell it with NO_ERROR that nobody wants that. To be called before the request is served.
 */
export function endStreamWithAnswer(request: Http2ServerRequest, { stream }: Http2ServerResponse): void {
  const end = (): void => {
    if (!stream.closed && !request.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  };
  // NB: not with 'finish', which comes before the trailers. In this turn they are on their way, in the next ahead of us.
  stream.once('wantTrailers', () => setImmediate(end));
}

/**
 * The same answer; over HTTP/1.1 it ends only after the request has. Closing a connection with bytes that nobody has
 * read would reset it under the sender, who would then not see the answer.
 */
export function withWholeRequest(
  answer: UniversalServerResponse,
  request: AnyRequest,
  response: AnyResponse,
): UniversalServerResponse {
  const { body } = answer;
  if (body === undefined || request.httpVersionMajor !== 1) return answer;
  const whole = async function* () {
    yield* body;
    await discardRest(request as IncomingMessage, response as ServerResponse);
  };
  return { ...answer, body: whole() };
}

function discardRest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (request.complete || request.destroyed) return resolve();
    let discarded = 0;
    const settle = (): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', settle).off('close', settle);
      resolve();
    };
    const giveUp = (): void => {
      response.once('finish', () => request.socket.destroySoon());
      settle();
    };
    const timer = setTimeout(giveUp, DISCARD_MS);
    const onData = (chunk: Uint8Array): void => {
      discarded += chunk.length;
      if (discarded > DISCARD_BYTES) giveUp();
    };
    request.on('end', settle).on('close', settle).on('data', onData).resume();
  });
}
