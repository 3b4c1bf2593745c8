import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** A request of either HTTP version. */
export type AnyRequest = IncomingMessage | Http2ServerRequest;

/** The answer to it. */
export type AnyResponse = ServerResponse | Http2ServerResponse;

/** Takes requests of either HTTP version. */
export type RequestListener = (request: AnyRequest, response: AnyResponse) => void;
