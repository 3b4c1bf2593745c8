import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { JsonValue } from '@bufbuild/protobuf';
import {
  createTranscoder,
  type DescribeBindError,
  type NodeRequest,
  type NodeResponse,
  pathNotFound,
  plainErrorBody,
  plainJsonStyle,
  type Transcoder,
  type TranscoderOptions,
} from '../../../../server/rpc/rest/index.ts';
import { httpRule, registry, rpcType, shelfService } from './fixture.ts';
import { createShelfHandlers, type ShelfLog } from './shelf-handlers.ts';

/** The versions of HTTP that every end-to-end rule is tested over. */
export const httpVersions = ['1.1', '2'] as const;

export type HttpVersion = (typeof httpVersions)[number];

/** A request as it goes over the wire; the path is sent as it is. */
export interface RestCall {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** The fixture's service on a port of its own. */
export interface RestServer extends AsyncDisposable {
  readonly transcoder: Transcoder;
  readonly log: ShelfLog;
  readonly port: number;
  /** What reached `onInternalError`. */
  readonly internalErrors: unknown[];
  /** What `handle` rejected with. It never does. */
  readonly failures: unknown[];
  /** Requests that `handle` has begun and not finished. */
  openRequests(): number;
  /** Requests that reached the server. */
  requests(): number;
  call(call: RestCall): Promise<RestAnswer>;
}

const describeBindError: DescribeBindError = (kind, field, _value, description) => [
  { desc: rpcType('ErrorInfo'), value: { reason: kind === 'unknown' ? 'UNKNOWN' : 'INVALID' } as never },
  { desc: rpcType('BadRequest'), value: { fieldViolations: [{ field, description }] } as never },
];

/** Options as an application sets them; without `style: 'plain'` the library's defaults hold. */
export async function startRestServer(
  version: HttpVersion,
  options: Partial<TranscoderOptions> & { style?: 'plain' } = {},
): Promise<RestServer> {
  const { handlers, log } = createShelfHandlers();
  const internalErrors: unknown[] = [];
  const failures: unknown[] = [];
  const transcoder = createTranscoder({
    services: [shelfService],
    handlers,
    httpRule,
    registry,
    describeBindError,
    onInternalError: (error) => internalErrors.push(error),
    ...(options.style === 'plain' ? { jsonStyle: plainJsonStyle, errorBody: plainErrorBody } : {}),
    ...options,
  });
  let requests = 0;
  let openRequests = 0;
  const serve = (request: NodeRequest, response: NodeResponse) => {
    requests += 1;
    openRequests += 1;
    transcoder
      .handle(request, response)
      .then((taken) => {
        if (!taken) transcoder.writeError(request, response, pathNotFound(request.url ?? ''));
      })
      .catch((error) => failures.push(error))
      .finally(() => {
        openRequests -= 1;
      });
  };
  const server = version === '2' ? http2.createServer(serve) : http.createServer(serve);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    transcoder,
    log,
    port,
    internalErrors,
    failures,
    openRequests: () => openRequests,
    requests: () => requests,
    call: (call) => (version === '2' ? callHttp2(port, call) : callHttp1(port, call)),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Headers and body of a JSON request. */
export function jsonBody(value: JsonValue): Pick<RestCall, 'headers' | 'body'> {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

async function callHttp1(
  port: number,
  { method = 'GET', path, headers = {}, body }: RestCall,
): Promise<RestAnswer> {
  const isChunked = 'transfer-encoding' in headers;
  const length = body === undefined || isChunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = http.request({ host: '127.0.0.1', port, method, path, headers: { ...length, ...headers } });
  // Before the answer this rejects the call; after it, the rest of a refused body may fail to go out.
  request.on('error', () => {});
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, text: await textOf(response) };
}

async function callHttp2(
  port: number,
  { method = 'GET', path, headers = {}, body }: RestCall,
): Promise<RestAnswer> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request(
      { ':method': method, ':path': path, ...headers },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    const [received] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders];
    return { status: Number(received[':status']), headers: received, text: await textOf(stream) };
  } finally {
    session.close();
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}
