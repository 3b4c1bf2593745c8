import { on, once } from 'node:events';
import { connect } from 'node:http2';
import { json } from 'node:stream/consumers';
import {
  create,
  fromBinary,
  type JsonObject,
  type Message,
  type MessageInitShape,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node';
import * as grpc from '@grpc/grpc-js';
import { WebSocket } from 'ws';
import {
  EventService,
  SubscribeRequestSchema,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from '../../gen/ts/streamlib/v1/event_pb.ts';
import { fromConnectError, fromServiceError } from './doors.ts';
import { errorOf } from './rest-door.ts';

/** What a subscriber is told, the same whichever door it came through. */
export type Told =
  | {
      readonly kind: 'event';
      readonly type: string;
      readonly topic: string;
      readonly sequence: number;
      readonly cursor: string;
    }
  | { readonly kind: string };

/** The fields of a SubscribeRequest. */
export type SubscribeInit = Exclude<MessageInitShape<typeof SubscribeRequestSchema>, Message>;

/** One way to subscribe. The stream rejects with a CallError; leaving it closes it. */
export type EventDoor = (url: string, request?: SubscribeInit) => AsyncGenerator<Told>;

/** Every way to subscribe, by name. */
export const EVENT_DOORS: Readonly<Record<string, EventDoor>> = {
  gRPC: overGrpc,
  'gRPC-Web': (url, request) =>
    overTransport(createGrpcWebTransport({ baseUrl: url, httpVersion: '1.1' }), request),
  'Connect, binary': overConnectHttp2,
  'Connect with JSON': (url, request) =>
    overTransport(
      createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: false }),
      request,
    ),
  NDJSON: (url, request) => overLines(url, request, 'application/x-ndjson'),
  'NDJSON over HTTP/2': overHttp2Lines,
  'server-sent events': (url, request) => overLines(url, request, 'text/event-stream'),
  WebSocket: overWebSocket,
};

async function* overGrpc(url: string, request: SubscribeInit = {}): AsyncGenerator<Told> {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure());
  const stream = client.makeServerStreamRequest(
    `/${EventService.typeName}/Subscribe`,
    (message: SubscribeInit) =>
      Buffer.from(toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, message))),
    (bytes: Buffer) => fromBinary(SubscribeResponseSchema, bytes),
    request,
  );
  try {
    for await (const response of stream) yield* told(response as SubscribeResponse);
  } catch (error) {
    throw fromServiceError(error as grpc.ServiceError);
  } finally {
    stream.on('error', () => {});
    stream.cancel();
    client.close();
  }
}

async function* overTransport(transport: Transport, request: SubscribeInit = {}): AsyncGenerator<Told> {
  // Over HTTP/1.1 leaving the iteration does not end the call.
  const aborter = new AbortController();
  const { signal } = aborter;
  try {
    for await (const response of createClient(EventService, transport).subscribe(request, { signal }))
      yield* told(response);
  } catch (error) {
    throw fromConnectError(ConnectError.from(error));
  } finally {
    aborter.abort();
  }
}

async function* overConnectHttp2(url: string, request?: SubscribeInit): AsyncGenerator<Told> {
  const sessionManager = new Http2SessionManager(url);
  try {
    yield* overTransport(createConnectTransport({ baseUrl: url, httpVersion: '2', sessionManager }), request);
  } finally {
    sessionManager.abort();
  }
}

function* told({ message }: SubscribeResponse): Generator<Told> {
  if (message.case !== 'batch') {
    yield { kind: (message.case ?? '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) };
    return;
  }
  for (const { type, topic, sequence, cursor } of message.value.events) {
    yield { kind: 'event', type, topic, sequence: Number(sequence), cursor };
  }
}

/** The address of the events for this request. */
export function eventsPath(request: SubscribeInit = {}): string {
  const fields = toJson(SubscribeRequestSchema, create(SubscribeRequestSchema, request)) as JsonObject;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const item of [value].flat()) query.append(name, String(item));
  }
  return `/api/events?${query}`;
}

async function* overLines(
  url: string,
  request: SubscribeInit | undefined,
  accept: string,
): AsyncGenerator<Told> {
  const aborter = new AbortController();
  const response = await fetch(url + eventsPath(request), { headers: { accept }, signal: aborter.signal });
  try {
    if (response.status !== 200 || response.body === null)
      throw errorOf((await response.json()) as JsonObject);
    for await (const line of linesOf(response.body)) {
      if (line.startsWith('{')) yield parseLine(line);
      else if (line.startsWith('data: ')) yield parseLine(line.slice('data: '.length));
    }
  } finally {
    aborter.abort();
  }
}

async function* overHttp2Lines(url: string, request?: SubscribeInit): AsyncGenerator<Told> {
  const session = connect(url);
  try {
    const stream = session.request({ ':path': eventsPath(request) });
    const [headers] = await once(stream, 'response');
    if (headers[':status'] !== 200) throw errorOf((await json(stream)) as JsonObject);
    for await (const line of linesOf(stream)) yield parseLine(line);
  } finally {
    session.destroy();
  }
}

/** The lines of a body that does not end. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

async function* overWebSocket(url: string, request?: SubscribeInit): AsyncGenerator<Told> {
  const socket = new WebSocket(url.replace('http', 'ws') + eventsPath(request));
  try {
    for await (const [message] of on(socket, 'message', { close: ['close'] }))
      yield parseLine(String(message));
  } finally {
    socket.close();
  }
}

interface Line {
  readonly event?: Omit<Extract<Told, { sequence: number }>, 'kind'>;
  /** Server-sent events have the fields of an error beside it. */
  readonly error?: JsonObject | string;
}

function parseLine(text: string): Told {
  const line = JSON.parse(text) as Line;
  const { error } = line;
  if (error !== undefined) throw errorOf(typeof error === 'string' ? (line as JsonObject) : error);
  if (line.event === undefined) return { kind: Object.keys(line)[0] ?? '' };
  const { type, topic, sequence, cursor } = line.event;
  return { kind: 'event', type, topic, sequence, cursor };
}
