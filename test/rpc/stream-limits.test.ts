import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { CallError } from '../support/door.ts';
import { EVENT_DOORS, type EventDoor, type Told } from '../support/event-doors.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

const DOORS = Object.entries(EVENT_DOORS);
const webSocket = EVENT_DOORS.WebSocket as EventDoor;

/** Opens a stream and keeps it. */
async function opened(stream: AsyncGenerator<Told>): Promise<AsyncGenerator<Told>> {
  assert.equal((await stream.next()).value.kind, 'started');
  return stream;
}

/** The same, as soon as the server knows that others have left. */
async function openedSoon(open: () => AsyncGenerator<Told>): Promise<AsyncGenerator<Told>> {
  let stream = open();
  await eventually(async () => {
    await opened(stream).catch((error: unknown) => {
      stream = open();
      throw error;
    });
    return true;
  }, 'there is room');
  return stream;
}

async function refusal(stream: AsyncGenerator<Told>): Promise<unknown[]> {
  const error = await stream.next().catch((thrown: unknown) => thrown);
  assert.ok(error instanceof CallError, JSON.stringify(error));
  return [error.code, error.reason];
}

describe('more streams than the server allows', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { max_streams: 2 } });
  });

  after(async () => {
    await server.close();
  });

  for (const [name, subscribe] of DOORS) {
    it(`are refused through ${name} with QUOTA, until another one has ended`, async () => {
      const first = await openedSoon(() => subscribe(server.url));
      const second = await openedSoon(() => webSocket(server.url));
      assert.deepEqual(await refusal(subscribe(server.url)), ['resource_exhausted', 'QUOTA']);
      await first.return(undefined);
      const third = await openedSoon(() => subscribe(server.url));
      await third.return(undefined);
      await second.return(undefined);
    });
  }

  it('close a WebSocket with 1013', async () => {
    const open = () => openedSoon(() => webSocket(server.url));
    const held = [await open(), await open()];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events`);
    assert.equal((await once(socket, 'close'))[0], 1013);
    for (const stream of held) await stream.return(undefined);
  });
});

it('more streams than one connection may have are refused, and other connections have theirs', async () => {
  await using server = await TestServer.start({ config: { max_streams_per_connection: 2 } });
  const [session, other] = [connectHttp2(server.url), connectHttp2(server.url)];
  const open = async (from = session) => {
    const stream = from.request({ ':path': '/api/events' });
    const [headers] = await once(stream, 'response');
    return { stream, status: headers[':status'] };
  };
  const first = await open();
  assert.deepEqual([first.status, (await open()).status], [200, 200]);
  const { stream, status } = await open();
  const body = (await json(stream)) as { code: string; details: { reason?: string; metadata?: object }[] };
  assert.deepEqual([status, body.code], [429, 'resource_exhausted']);
  assert.deepEqual(body.details[0]?.reason, 'QUOTA');
  assert.deepEqual(body.details[0]?.metadata, { limit: 'max_streams_per_connection' });
  assert.equal((await open(other)).status, 200);
  first.stream.close();
  await eventually(async () => (await open()).status === 200, 'there is room again');
  session.destroy();
  other.destroy();
});

describe('a stream that has become old', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { max_stream_age_ms: 200 } });
  });

  after(async () => {
    await server.close();
  });

  for (const [name, subscribe] of DOORS) {
    it(`ends through ${name}, and who comes back misses nothing`, async () => {
      const { streamId, asOfSequence } = await server.runtime.getState();
      let after = `${streamId}:${asOfSequence}`;
      const numbers: number[] = [];
      let ends = 0;
      for (let published = 0; ends < 3; ) {
        let last: Told | undefined;
        for await (const told of subscribe(server.url, { after, topics: ['aged'] })) {
          last = told;
          if ('sequence' in told) {
            after = told.cursor;
            numbers.push(told.sequence);
          }
          server.runtime.events.publish('aged', { name: 'tick', data: { number: published++ } });
          if (published > 5000) break;
        }
        assert.equal(last?.kind, 'ending');
        ends++;
      }
      const first = numbers[0] ?? 0;
      assert.deepEqual(
        numbers,
        numbers.map((_, index) => first + index),
      );
    });
  }

  it('closes a WebSocket with 1001', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events`);
    const [code, reason] = await once(socket, 'close');
    assert.deepEqual([code, String(reason)], [1001, 'max_age']);
  });
});

describe('the peer of a WebSocket', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start({ config: { ping_ms: 100, max_streams: 1 } });
  });

  after(async () => {
    await server.close();
  });

  it('is asked whether it is there, and stays while it answers', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events`);
    for (let pings = 0; pings < 4; pings++) await once(socket, 'ping');
    assert.equal(socket.readyState, WebSocket.OPEN);
    socket.close();
    await once(socket, 'close');
  });

  it('is cut off when it does not answer, and its place is free', async () => {
    const { hostname, port } = new URL(server.url);
    const silent = connect(Number(port), hostname);
    silent.write(
      'GET /api/events HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
        'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    const closed = once(silent, 'close');
    silent.on('error', () => {}).resume();
    await closed;
    await eventually(async () => {
      await (await opened(webSocket(server.url))).return(undefined);
      return true;
    }, 'there is room again');
  });
});
