import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { EventService, SubscribeRequestSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { EnvelopeTally, type EventTally, TextTally } from './event-tally.ts';
import { percentile } from './statistics.ts';

/*
 * A program of its own, so that its work is none of the server's: subscribes to the events of one topic through many
 * connections, counts what arrives, and says so when its parent asks.
 */

/** From the parent: open more readers, and answer once all have been told that they begin; count from 0; say it; end. */
export type ReadersRequest =
  | ({ readonly do: 'open' } & OpenReaders)
  | { readonly do: 'begin' }
  | { readonly do: 'report' }
  | { readonly do: 'close' };

/** Which readers. */
export interface OpenReaders {
  readonly port: number;
  readonly door: 'webSocket' | 'grpc';
  readonly readers: number;
  /** Of WebSockets: so many more that want every topic which begins so, and read nothing after the head of the answer. */
  readonly stalled?: number;
  readonly topic: string;
  /** How long a stream is silent at most. Default: longer than any benchmark, so that nothing but events is counted. */
  readonly heartbeatSeconds?: number;
  /** Of so many pieces that arrive one is looked at for the age of its events. Default 128. */
  readonly sampledOf?: number;
}

/** To the parent: what each reader counted, and of the one that looks at everything the number of events. */
export interface ReadersReport {
  readonly bytes: readonly number[];
  readonly events: number;
  /** How old events were when they arrived. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type ReadersAnswer = ReadersReport | { readonly error: string } | Record<string, never>;

/** Over one connection of HTTP/2; the server allows 100. */
const STREAMS_PER_SESSION = 50;
const NO_HEARTBEAT_SECONDS = 3600;
const SAMPLED_OF = 128;

const sockets: Socket[] = [];
const sessions: ClientHttp2Session[] = [];
const tallies: EventTally[] = [];

async function openWebSocket(
  { port, heartbeatSeconds = NO_HEARTBEAT_SECONDS }: OpenReaders,
  topic: string,
): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(
    `GET /api/events?topics=${topic}&heartbeat=${heartbeatSeconds}s HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n` +
      'connection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`the answer was ${head}`);
  return socket;
}

async function openGrpc(
  session: ClientHttp2Session,
  { topic, heartbeatSeconds = NO_HEARTBEAT_SECONDS }: OpenReaders,
  tally: EventTally,
): Promise<void> {
  const heartbeat = { seconds: BigInt(heartbeatSeconds) };
  const request = create(SubscribeRequestSchema, { topics: [topic], heartbeat });
  const message = Buffer.from(toBinary(SubscribeRequestSchema, request));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${EventService.typeName}/Subscribe`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.end(Buffer.concat([head, message]));
  stream.on('data', (chunk: Buffer) => tally.take(chunk));
  await once(stream, 'data');
}

async function open(options: OpenReaders): Promise<void> {
  const { door, port, readers, stalled = 0, topic, sampledOf = SAMPLED_OF } = options;
  const Tally = door === 'grpc' ? EnvelopeTally : TextTally;
  const added = Array.from({ length: readers }, (_, index) => {
    const place = tallies.length + index;
    return new Tally({ isThorough: place === 0, sampledOf, place });
  });
  tallies.push(...added);
  if (door === 'webSocket') {
    for (const tally of added) {
      const socket = await openWebSocket(options, topic);
      socket.on('data', (chunk) => tally.take(chunk));
    }
    for (let index = 0; index < stalled; index++) (await openWebSocket(options, `${topic}*`)).pause();
    return;
  }
  for (let first = 0; first < readers; first += STREAMS_PER_SESSION) {
    const session = connectHttp2(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 4_194_304 } });
    sessions.push(session);
    await once(session, 'connect');
    session.setLocalWindowSize(16_777_216);
    for (const tally of added.slice(first, first + STREAMS_PER_SESSION))
      await openGrpc(session, options, tally);
  }
}

function report(): ReadersReport {
  const ages = tallies.flatMap(({ agesMs }) => agesMs);
  const has = ages.length > 0;
  return {
    bytes: tallies.map(({ bytes }) => bytes),
    events: tallies[0]?.events ?? 0,
    p50Ms: has ? percentile(ages, 0.5) : 0,
    p99Ms: has ? percentile(ages, 0.99) : 0,
  };
}

function close(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const session of sessions.splice(0)) session.destroy();
  tallies.length = 0;
}

async function answer(request: ReadersRequest): Promise<ReadersAnswer> {
  switch (request.do) {
    case 'open':
      await open(request);
      return {};
    case 'begin':
      for (const tally of tallies) tally.begin();
      return {};
    case 'report':
      return report();
    case 'close':
      close();
      return {};
  }
}

process.on('message', (request: ReadersRequest) => {
  answer(request).then(
    (answered) => process.send?.(answered),
    (error) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', close);
