import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import { type ConnectOptions, interceptorsOf, StreamlibClient } from './client.ts';

export * from './index.ts';

/** How a server is called from Node.js. */
export interface NodeConnectOptions extends ConnectOptions {
  /** Default: connect. All of them over HTTP/2. */
  readonly protocol?: 'connect' | 'grpc' | 'grpc-web';
}

const TRANSPORTS = {
  connect: createConnectTransport,
  grpc: createGrpcTransport,
  'grpc-web': createGrpcWebTransport,
} as const;

/** A client of the server at an address, as `http://127.0.0.1:9000`. Nothing is sent before the first call. */
export function connect(url: string, options: NodeConnectOptions = {}): StreamlibClient {
  const { protocol = 'connect' } = options;
  const transport = TRANSPORTS[protocol]({
    baseUrl: url,
    httpVersion: '2',
    interceptors: interceptorsOf(options),
    // A peer that vanished is noticed, and what its streams had to tell is resumed.
    pingIntervalMs: 15_000,
    pingTimeoutMs: 10_000,
  });
  return new StreamlibClient(transport, options);
}
