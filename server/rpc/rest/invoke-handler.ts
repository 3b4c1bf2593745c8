import { fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextValues } from '@connectrpc/connect';
import {
  createAsyncIterable,
  encodeEnvelope,
  readAllBytes,
  transformSplitEnvelope,
  type UniversalHandler,
} from '@connectrpc/connect/protocol';
import { endStreamFlag, endStreamFromJson, errorFromJsonBytes } from '@connectrpc/connect/protocol-connect';
import { headersForHandler } from './forwarded-headers.ts';
import type { RequestHeaders } from './read-body.ts';

/** One call of a handler in this process. */
export interface HandlerCall {
  readonly handler: UniversalHandler;
  readonly message: Message;
  /** As the caller sent them. */
  readonly headers: RequestHeaders;
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly contextValues: ContextValues | undefined;
}

/** What a handler answered: its headers, with the trailers of a unary call as `trailer-*`. */
export interface HandlerAnswer<Body> {
  readonly headers: Headers;
  readonly body: Body;
}

/** What another way to call a unary method gives: as a handler, but for headers that nobody has set. */
export interface UnaryAnswer {
  readonly headers: Headers | undefined;
  readonly body: Message;
}

/** Another way to call a unary method than its handler. Rejects with a ConnectError, its headers as metadata. */
export type UnaryCall = (call: HandlerCall) => Promise<UnaryAnswer>;

const noLimit = 0xffff_ffff;

/**
 * Calls a unary handler as a Connect client would, so that interceptors, limits and deadlines apply. Throws the
 * ConnectError that the handler answered, its headers as metadata.
 */
export async function invokeUnary(call: HandlerCall): Promise<HandlerAnswer<Message>> {
  const { method } = call.handler;
  const response = await send(call, 'application/proto', toBinary(method.input, call.message));
  const bytes = await readAllBytes(response.body ?? createAsyncIterable([]), noLimit);
  const headers = response.header ?? new Headers();
  if (response.status !== 200) throw errorFromJsonBytes(bytes, headers, protocolError(response.status));
  return { headers, body: fromBinary(method.output, bytes) };
}

/**
 * Calls a server-streaming handler. Resolves when the first message or the end is there. The body throws the
 * ConnectError that ended the stream; leaving it early ends the handler.
 */
export async function invokeServerStream(call: HandlerCall): Promise<HandlerAnswer<AsyncGenerator<Message>>> {
  const { method } = call.handler;
  const request = encodeEnvelope(0, toBinary(method.input, call.message));
  const response = await send(call, 'application/connect+proto', request);
  if (response.status !== 200 || response.body === undefined) throw protocolError(response.status);
  // Not through pipe(): it does not end its source when it is left early.
  const envelopes = transformSplitEnvelope(noLimit)(response.body);
  return {
    headers: response.header ?? new Headers(),
    body: (async function* messages() {
      for await (const { flags, data } of envelopes) {
        if ((flags & endStreamFlag) === endStreamFlag) {
          const { error } = endStreamFromJson(data);
          if (error === undefined) return;
          throw error;
        }
        yield fromBinary(method.output, data);
      }
    })(),
  };
}

function send(call: HandlerCall, contentType: string, body: Uint8Array) {
  const header = headersForHandler(call.headers);
  header.set('content-type', contentType);
  header.set('connect-protocol-version', '1');
  if (call.timeoutMs !== undefined) header.set('connect-timeout-ms', String(call.timeoutMs));
  return call.handler({
    httpVersion: '2.0',
    method: 'POST',
    url: `http://in-process${call.handler.requestPath}`,
    header,
    body: createAsyncIterable([body]),
    signal: call.signal,
    contextValues: call.contextValues,
  });
}

function protocolError(status: number): ConnectError {
  return new ConnectError(`the handler answered with HTTP ${status}`, Code.Internal);
}
