import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { type ConnectOptions, interceptorsOf, StreamlibClient } from './client.ts';

export * from './index.ts';

/** How a server is called from a browser. */
export interface BrowserConnectOptions extends ConnectOptions {
  /** Default: connect. */
  readonly protocol?: 'connect' | 'grpc-web';
}

/** A client of the server at an address, as `http://127.0.0.1:9000`. Nothing is sent before the first call. */
export function connect(url: string, options: BrowserConnectOptions = {}): StreamlibClient {
  const create = options.protocol === 'grpc-web' ? createGrpcWebTransport : createConnectTransport;
  const transport = create({ baseUrl: url, useBinaryFormat: true, interceptors: interceptorsOf(options) });
  return new StreamlibClient(transport, options);
}
