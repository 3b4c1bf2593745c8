// Runs in a browser: what a page does that uses the API by connect-web. Bundled by open-client-page.ts, which calls
// what stands in `globalThis.streamlibPage`.
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { ErrorInfoSchema } from '../../../gen/ts/google/rpc/error_details_pb.ts';
import { EventService } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { ProcessorService } from '../../../gen/ts/streamlib/v1/processor_pb.ts';

/** The protocols of connect-web. */
export type PageProtocol = 'gRPC-Web' | 'Connect with JSON' | 'Connect, binary' | 'Connect, with GET';

/** What the page can be asked to do. All of it is plain data, since it crosses into the browser. */
export interface StreamlibPage {
  /** Creates a processor, reads it and is refused another; answers what it saw. */
  session(baseUrl: string, protocol: PageProtocol, processorId: string): Promise<PageSession>;
  /** Subscribes to a topic. Resolves once the stream has started. */
  subscribe(baseUrl: string, protocol: PageProtocol, topic: string): Promise<void>;
  /** The next event of the subscription. */
  nextEvent(): Promise<PageEvent>;
  /** Ends the subscription. */
  unsubscribe(): Promise<void>;
}

export interface PageSession {
  readonly created: string;
  readonly config: unknown;
  readonly refusal: { readonly code: string; readonly reason: string };
}

export interface PageEvent {
  readonly type: string;
  readonly sequence: number;
  /** From the event's time to the callback of the page, by the wall clock that both share. */
  readonly tookMs: number;
}

const TRANSPORTS: Readonly<Record<PageProtocol, (baseUrl: string) => Transport>> = {
  'gRPC-Web': (baseUrl) => createGrpcWebTransport({ baseUrl }),
  'Connect with JSON': (baseUrl) => createConnectTransport({ baseUrl }),
  'Connect, binary': (baseUrl) => createConnectTransport({ baseUrl, useBinaryFormat: true }),
  'Connect, with GET': (baseUrl) => createConnectTransport({ baseUrl, useHttpGet: true }),
};

const aborter = { current: new AbortController() };
let events: AsyncGenerator<PageEvent | 'started'> | undefined;

const page: StreamlibPage = {
  async session(baseUrl, protocol, processorId) {
    const client = createClient(ProcessorService, TRANSPORTS[protocol](baseUrl));
    const config = { frequency_hz: 220 };
    const created = await client.createProcessor({ processorType: 'SineGenerator', processorId, config });
    const { processor } = await client.getProcessor({ processorId });
    const error = await client.getProcessor({ processorId: 'nobody' }).then(
      () => new ConnectError('it was found'),
      (reason: unknown) => ConnectError.from(reason),
    );
    const [info] = error.findDetails(ErrorInfoSchema);
    return {
      created: created.processorId,
      config: processor?.config,
      refusal: { code: Code[error.code] ?? '', reason: info?.reason ?? '' },
    };
  },
  async subscribe(baseUrl, protocol, topic) {
    aborter.current = new AbortController();
    events = subscription(TRANSPORTS[protocol](baseUrl), topic, aborter.current.signal);
    await events.next();
  },
  async nextEvent() {
    const next = await events?.next();
    if (next?.done !== false || next.value === 'started')
      throw new Error('the subscription has no next event');
    return next.value;
  },
  async unsubscribe() {
    aborter.current.abort();
    await events?.return(undefined);
  },
};
Object.assign(globalThis, { streamlibPage: page });

async function* subscription(
  transport: Transport,
  topic: string,
  signal: AbortSignal,
): AsyncGenerator<PageEvent | 'started'> {
  const stream = createClient(EventService, transport).subscribe({ topics: [topic] }, { signal });
  for await (const { message } of stream) {
    const receivedMs = performance.timeOrigin + performance.now();
    if (message.case === 'started') yield 'started';
    if (message.case !== 'batch') continue;
    for (const { type, sequence, time } of message.value.events) {
      const emittedMs = Number(time?.seconds) * 1000 + Number(time?.nanos) / 1e6;
      yield { type, sequence: Number(sequence), tookMs: receivedMs - emittedMs };
    }
  }
}
