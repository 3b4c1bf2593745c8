import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import { type EncodedBody, encodeBody } from './compress-answer.ts';
import { headersForCaller } from './forwarded-headers.ts';

/** A request of Node's HTTP/1.1 or HTTP/2 server. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** A response of Node's HTTP/1.1 or HTTP/2 server. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** A complete answer. */
export interface Answer {
  readonly status: number;
  /** Headers of the handler, where it has any; those that are about a protocol do not get through. */
  readonly headers: Headers | undefined;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

// What is still read of a body that was refused, so that its sender gets to see the answer.
const discardBytes = 16 * 1024 * 1024;
const discardMs = 2_000;

/** Whether nobody can read the response any more. */
export function isGone(response: NodeResponse): boolean {
  // The HTTP/2 response does not tell by itself.
  return 'stream' in response ? response.stream.destroyed || response.stream.closed : response.destroyed;
}

/** Is aborted when the caller leaves before the answer is complete. */
export function responseAborter(request: NodeRequest, response: NodeResponse): AbortController {
  const aborter = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) aborter.abort(new ConnectError('the caller is gone', Code.Canceled));
  });
  if ('stream' in request) {
    const { stream } = request;
    // A reset stream with a write that flow control holds back stays half open and never emits `close` by itself.
    // NB: not at once, since a reset by this side emits `aborted` before it sends the frame that says so.
    stream.once('aborted', () => process.nextTick(() => stream.destroy()));
  }
  return aborter;
}

/**
 * Writes a complete answer, without the body for HEAD and compressed where that is worth it. Does nothing when the
 * caller is gone.
 */
export function writeAnswer(request: NodeRequest, response: NodeResponse, answer: Answer): void {
  const encoded = encodeBody(request.headers, answer.body);
  // Small answers go out in the same turn.
  if (encoded instanceof Promise) {
    encoded.then(
      (zipped) => writeEncoded(request, response, answer, zipped),
      () => response.destroy(),
    );
  } else {
    writeEncoded(request, response, answer, encoded);
  }
}

function writeEncoded(
  request: NodeRequest,
  response: NodeResponse,
  answer: Answer,
  { body, byteLength, encoding }: EncodedBody,
): void {
  if (isGone(response) || response.headersSent) return;
  writeHead(response, answer.status, answer.headers, answer.contentType);
  addVary(response);
  if (encoding === 'gzip') response.setHeader('content-encoding', 'gzip');
  response.setHeader('content-length', byteLength);
  const mustDiscard = !('stream' in response) && isCutOffByEnd(request, response);
  if (mustDiscard) response.setHeader('connection', 'close');
  if (request.method === 'HEAD') response.end();
  else if (mustDiscard) endAfterDiscarding(request, response as ServerResponse, body);
  // The two response types have overloads that do not unite.
  else (response as ServerResponse).end(body);
}

/** Node itself reads to its end what nobody has begun to read, unless it closes the connection. */
function isCutOffByEnd(request: NodeRequest, response: ServerResponse): boolean {
  if (request.complete) return false;
  return request.readableDidRead || (!response.shouldKeepAlive && hasBody(request));
}

/** Caches must know that the bytes depend on what the caller takes. */
function addVary(response: NodeResponse): void {
  const present = response.getHeader('vary');
  response.setHeader('vary', present === undefined ? 'accept-encoding' : `${present}, accept-encoding`);
}

/** Sets status and headers of an answer. */
export function writeHead(
  response: NodeResponse,
  status: number,
  headers: Headers | undefined,
  contentType: string,
): void {
  response.statusCode = status;
  // Even no headers at all cost something to go through.
  if (headers !== undefined)
    for (const [name, value] of headersForCaller(headers)) response.setHeader(name, value);
  response.setHeader('content-type', contentType);
}

/** Writes and waits while the caller reads slower than we write. False when the caller is gone. */
export async function writeChunk(response: NodeResponse, chunk: string | Uint8Array): Promise<boolean> {
  if (isGone(response) || response.writableEnded) return false;
  // The two response types have overloads that do not unite.
  if ((response as ServerResponse).write(chunk)) return true;
  return await new Promise<boolean>((resolve) => {
    const settle = (open: boolean) => {
      response.off('drain', onDrain);
      response.off('close', onClose);
      resolve(open);
    };
    const onDrain = () => settle(true);
    const onClose = () => settle(false);
    response.on('drain', onDrain);
    response.on('close', onClose);
  });
}

/** Whether bytes follow the head of a request. */
export function hasBody(request: NodeRequest): boolean {
  if ('stream' in request) return !request.stream.endAfterHeaders;
  return (
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  );
}

/**
 * An answer to a body that is not read to its end. Closing at once would reset the connection under the sender,
 * who would never see the answer.
 */
function endAfterDiscarding(request: NodeRequest, response: ServerResponse, body: string | Uint8Array): void {
  response.write(body);
  let discarded = 0;
  const end = () => {
    clearTimeout(timer);
    request.off('data', onData);
    response.end();
  };
  const timer = setTimeout(end, discardMs);
  const onData = (chunk: Uint8Array) => {
    discarded += chunk.length;
    if (discarded > discardBytes) end();
  };
  request.once('close', end);
  request.on('data', onData);
  request.resume();
}
