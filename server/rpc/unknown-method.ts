import type { ServerResponse } from 'node:http';
import type { AnyRequest, AnyResponse } from './request-listener.ts';

/** What only callers of methods send. Connect with JSON looks like REST, but says which version it speaks. */
const RPC_TYPES = /^application\/(grpc|connect\+|proto$)/;

const CONNECT_STREAM = /^application\/connect\+/;
const GRPC = /^application\/grpc/;
const GRPC_WEB = /^application\/grpc-web/;
const GRPC_UNIMPLEMENTED = '12';

/** Whether somebody means to call a method, of whatever service. */
export function isMethodCall({ headers }: AnyRequest): boolean {
  return RPC_TYPES.test(headers['content-type'] ?? '') || headers['connect-protocol-version'] !== undefined;
}

/** Answers the call of a method that is in no service with UNIMPLEMENTED, in the protocol of the caller. */
export function refuseUnknownMethod(request: AnyRequest, response: AnyResponse): void {
  const contentType = request.headers['content-type'] ?? '';
  const path = (request.url ?? '').split('?', 1)[0] as string;
  const message = `no such method: ${path}`;
  const error = { code: 'unimplemented', message };
  if (GRPC.test(contentType)) {
    // A path is sent percent-encoded and is therefore fit for a header, but the per cent sign is special here.
    const status = { 'grpc-status': GRPC_UNIMPLEMENTED, 'grpc-message': message.replaceAll('%', '%25') };
    if (GRPC_WEB.test(contentType))
      for (const [name, value] of Object.entries(status)) response.setHeader(name, value);
    else response.addTrailers(status);
    write(response, 200, contentType, '');
  } else if (CONNECT_STREAM.test(contentType)) write(response, 200, contentType, endOfStream({ error }));
  else write(response, 404, 'application/json', JSON.stringify(error));
}

/** The last message of a stream of the Connect protocol. */
function endOfStream(content: object): Buffer {
  const text = Buffer.from(JSON.stringify(content));
  const head = Buffer.from([2, 0, 0, 0, 0]);
  head.writeUInt32BE(text.length, 1);
  return Buffer.concat([head, text]);
}

function write(response: AnyResponse, status: number, contentType: string, body: string | Buffer): void {
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  // The two response types have overloads that do not unite.
  (response as ServerResponse).end(body);
}
