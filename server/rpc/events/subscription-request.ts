import {
  Code,
  ConnectError,
  type ContextValues,
  type Interceptor,
  type StreamResponse,
} from '@connectrpc/connect';
import { createAsyncIterable } from '@connectrpc/connect/protocol';
import { EventService, type SubscribeRequest } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { DetachedRequest, Transcoder } from '../rest/index.ts';
import type { EventSink } from './event-sink.ts';
import { type SubscriptionSource, subscribe } from './subscription.ts';
import type { SubscriptionItem } from './subscription-item.ts';

/** Opens subscriptions for the doors that write lines. */
export interface LineSubscriptions {
  /**
   * Binds and validates the request and lets it pass the interceptors. Resolves with the items when the first one
   * is there; rejects with a ConnectError where there is none. Once the second one is asked for, the subscription
   * itself writes to the sink what happens.
   */
  open(request: DetachedRequest, context: LineCallContext): Promise<AsyncIterable<SubscriptionItem>>;
  printError: Transcoder['printError'];
}

/** What surrounds the call. */
export interface LineCallContext {
  readonly signal: AbortSignal;
  readonly contextValues: ContextValues;
  readonly sink: EventSink;
}

/** What the subscriptions are made from. */
export interface LineSubscriptionsOptions {
  readonly source: SubscriptionSource;
  readonly transcoder: Transcoder;
  readonly interceptors: readonly Interceptor[];
}

const METHOD = EventService.method.subscribe;

/** Makes the doors' way into the subscription, which is the same as that of every other call. */
export function createLineSubscriptions(options: LineSubscriptionsOptions): LineSubscriptions {
  const { source, transcoder, interceptors } = options;
  return {
    printError: transcoder.printError,
    async open(request, { signal, contextValues, sink }) {
      const message = transcoder.bindRequest(METHOD, withResumePoint(request));
      const call = interceptors.reduceRight<AnyCall>(
        (next, interceptor) => interceptor(next as never) as AnyCall,
        async (passed) => ({
          ...emptyResponse,
          message: subscribe(await single(passed.message), source, passed.signal, sink),
        }),
      );
      const response = await call({
        stream: true,
        service: EventService,
        method: METHOD,
        requestMethod: 'GET',
        url: `http://in-process${request.url}`,
        header: webHeaders(request.headers),
        contextValues,
        signal,
        message: createAsyncIterable([message]),
      });
      return startedStream(response.message);
    },
  };
}

interface StreamCall {
  readonly stream: true;
  readonly service: typeof EventService;
  readonly method: typeof METHOD;
  readonly requestMethod: string;
  readonly url: string;
  readonly header: Headers;
  readonly contextValues: ContextValues;
  readonly signal: AbortSignal;
  readonly message: AsyncIterable<SubscribeRequest>;
}

// An interceptor takes what a handler answers as it is; here these are items instead of messages.
type AnyCall = (
  call: StreamCall,
) => Promise<Omit<StreamResponse, 'message'> & { message: AsyncIterable<SubscriptionItem> }>;

const emptyResponse = {
  stream: true as const,
  service: EventService,
  method: METHOD,
  get header() {
    return new Headers();
  },
  get trailer() {
    return new Headers();
  },
};

async function single(messages: AsyncIterable<SubscribeRequest>): Promise<SubscribeRequest> {
  for await (const message of messages) return message;
  throw new ConnectError('the request message is missing', Code.Internal);
}

/** Pulls the first item, so that a request that cannot be served fails before anything is written. */
async function startedStream(
  items: AsyncIterable<SubscriptionItem>,
): Promise<AsyncIterable<SubscriptionItem>> {
  const iterator = items[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* rest() {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}

/** An EventSource that comes back says in a header where it was, and still asks for its first address. */
function withResumePoint({ url, headers }: DetachedRequest): DetachedRequest {
  const last = headers['last-event-id'];
  if (typeof last !== 'string' || last === '') return { url, headers };
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  for (const name of ['after', 'stream_id', 'streamId', 'after_sequence', 'afterSequence'])
    query.delete(name);
  query.set('after', last);
  return { url: `${path}?${query}`, headers };
}

function webHeaders(headers: DetachedRequest['headers']): Headers {
  const result = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || value === undefined) continue;
    result.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return result;
}
