import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { CallError } from '../support/door.ts';
import { EVENT_DOORS, eventsPath, type Told } from '../support/event-doors.ts';
import { TestServer } from '../support/server.ts';

/** What the edits below lead to while nothing runs. */
const EXPECTED = [
  'GraphDidChange',
  'ProcessorAdded',
  'GraphDidChange',
  'ProcessorAdded',
  'GraphDidChange',
  'LinkAdded',
  'GraphDidChange',
  'LinkRemoved',
  'ProcessorRemoved',
];

/** Without what a busy machine adds, as MainThreadBlocked. */
const TYPES = [...new Set(EXPECTED)];

async function edit({ runtime }: TestServer): Promise<void> {
  await runtime.addProcessor({ type: 'SineGenerator', id: 'tone' });
  await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
  await runtime.connect(outputPort('tone', 'audio'), inputPort('sink', 'data'));
  await runtime.removeProcessor('sink');
}

for (const [name, subscribe] of Object.entries(EVENT_DOORS)) {
  describe(`events through ${name}`, () => {
    let server: TestServer;

    before(async () => {
      server = await TestServer.start({ config: { window_events: 64 } });
    });

    after(async () => {
      await server.close();
    });

    it('begins at once, tells what happens, and goes on where another stream left', async () => {
      const stream = subscribe(server.url, { types: TYPES });
      assert.deepEqual(await takeFrom(stream, 1), ['started']);
      await edit(server);
      const events = await eventsOf(stream, EXPECTED.length);
      assert.deepEqual(events.map(({ type }) => type).toSorted(), EXPECTED.toSorted());
      const sequences = events.map(({ sequence }) => sequence);
      assert.deepEqual(
        sequences,
        [...new Set(sequences)].toSorted((a, b) => a - b),
      );
      await stream.return(undefined);

      const resumed = subscribe(server.url, { after: events[3]?.cursor, types: TYPES });
      assert.deepEqual(await takeFrom(resumed, 1), ['started']);
      assert.deepEqual(await eventsOf(resumed, EXPECTED.length - 4), events.slice(4));
      await resumed.return(undefined);
    });

    it('filters on the server', async () => {
      const stream = subscribe(server.url, { topics: ['processor:*'], types: ['ProcessorAdded', 'Custom'] });
      await takeFrom(stream, 1);
      await server.runtime.addProcessor({ type: 'NullSink', id: 'filtered' });
      server.runtime.events.publish('elsewhere', { name: 'ignored' });
      server.runtime.events.publish('processor:filtered', { name: 'wanted' });
      const events = await eventsOf(stream, 2);
      assert.deepEqual(
        events.map(({ type }) => type),
        ['ProcessorAdded', 'Custom'],
      );
      await stream.return(undefined);
    });

    it('gives the state, heartbeats and nothing else while nothing happens', async () => {
      const stream = subscribe(server.url, {
        snapshot: true,
        processorId: 'filtered',
        heartbeat: { nanos: 5e7 },
      });
      assert.deepEqual(await takeFrom(stream, 5), [
        'started',
        'snapshot',
        'snapshot_end',
        'heartbeat',
        'heartbeat',
      ]);
      await stream.return(undefined);
    });

    for (const { what, request, code, reason } of [
      {
        what: 'a place that is gone',
        request: { after: 'another-stream:7' },
        code: 'out_of_range',
        reason: 'RESUME_POINT_LOST',
      },
      { what: 'no place', request: { after: 'nonsense' }, code: 'invalid_argument', reason: 'FIELD_INVALID' },
      {
        what: 'an unknown type',
        request: { types: ['No'] },
        code: 'invalid_argument',
        reason: 'FIELD_INVALID',
      },
      {
        what: 'a heartbeat of no time',
        request: { heartbeat: { nanos: 1 } },
        code: 'invalid_argument',
        reason: 'FIELD_INVALID',
      },
    ]) {
      it(`refuses ${what} with ${code}`, async () => {
        const error = await subscribe(server.url, request)
          .next()
          .catch((reason_: unknown) => reason_);
        assert.ok(error instanceof CallError, String(error));
        assert.deepEqual([error.code, error.reason], [code, reason]);
      });
    }

    it('says that it ends when the server stops, and then ends', async () => {
      const other = await TestServer.start();
      const stream = subscribe(other.url);
      await takeFrom(stream, 1);
      const closed = other.close();
      const told: string[] = [];
      for await (const { kind } of stream) told.push(kind);
      await closed;
      assert.equal(told.at(-1), 'ending');
    });
  });
}

describe('server-sent events', () => {
  it('go on after the last id that an EventSource saw', async () => {
    await using server = await TestServer.start();
    const { streamId, asOfSequence } = await server.runtime.getState();
    await edit(server);
    const first = await readSse(
      server,
      '/api/events?after=nonsense&topics=*',
      { 'last-event-id': `${streamId}:${asOfSequence}` },
      3,
    );
    assert.deepEqual(
      first.map(({ data }) => Object.keys(data)[0]),
      ['started', 'event', 'event'],
    );
    const [, , second] = first;
    const rest = await readSse(server, '/api/events', { 'last-event-id': second?.id ?? '' }, 2);
    assert.equal(rest[1]?.data.event?.sequence, (second?.data.event?.sequence ?? 0) + 1);
  });
});

describe('the WebSocket of events', () => {
  let server: TestServer;

  before(async () => {
    server = await TestServer.start();
  });

  after(async () => {
    await server.close();
  });

  for (const { what, path, code } of [
    { what: 'a resume point that is gone', path: eventsPath({ after: 'old:1' }), code: 4410 },
    { what: 'a request that is wrong', path: '/api/events?nothing=1', code: 1008 },
  ]) {
    it(`closes with ${code} for ${what}, after a message that says why`, async () => {
      const socket = new WebSocket(server.url.replace('http', 'ws') + path);
      const message = once(socket, 'message');
      const [closeCode] = await once(socket, 'close');
      assert.equal(closeCode, code);
      assert.match(String((await message)[0]), /^\{"error":\{"error":/);
    });
  }

  it('closes with 1001 when the server stops', async () => {
    const other = await TestServer.start();
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/api/events`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await other.close();
    assert.equal((await closed)[0], 1001);
  });

  it('ignores what its peer sends and ends a peer that sends too much', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/events`);
    await once(socket, 'open');
    socket.send('hello');
    socket.send(Buffer.alloc(100));
    const message = once(socket, 'message');
    server.runtime.events.publish('after', { name: 'hello' });
    await message;
    const closed = once(socket, 'close');
    socket.send('x'.repeat(100_000));
    assert.equal((await closed)[0], 1009);
  });

  it('refuses other paths with the status that they have over HTTP', async () => {
    for (const [path, status] of [
      ['/api/nothing', 404],
      ['/api/processors', 404],
      ['/api/connections/x/tap', 404],
    ] as const) {
      const socket = new WebSocket(server.url.replace('http', 'ws') + path);
      const [error] = (await once(socket, 'error')) as [Error];
      assert.match(error.message, new RegExp(`${status}`), path);
    }
  });
});

const isEvent = (told: Told): told is Extract<Told, { sequence: number }> => told.kind === 'event';

/** The kinds of the next messages. */
async function takeFrom(stream: AsyncGenerator<Told>, count: number): Promise<string[]> {
  const kinds: string[] = [];
  while (kinds.length < count) {
    const { value, done } = await stream.next();
    if (done === true) break;
    kinds.push(value.kind);
  }
  return kinds;
}

/** The next events. */
async function eventsOf(stream: AsyncGenerator<Told>, count: number) {
  const events: Extract<Told, { sequence: number }>[] = [];
  while (events.length < count) {
    const { value, done } = await stream.next();
    assert.ok(done !== true, `the stream ended after ${events.length} events`);
    if (isEvent(value)) events.push(value);
  }
  return events;
}

interface ServerSentEvent {
  readonly id: string;
  readonly data: { readonly event?: { readonly sequence: number } };
}

async function readSse(
  { url }: TestServer,
  path: string,
  headers: Record<string, string>,
  count: number,
): Promise<ServerSentEvent[]> {
  const aborter = new AbortController();
  const response = await fetch(url + path, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: aborter.signal,
  });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.split('\n\n').length > count) break;
  }
  aborter.abort();
  return text
    .split('\n\n')
    .slice(0, count)
    .map((block) => ({
      id: /^id: (.*)$/m.exec(block)?.[1] ?? '',
      data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? 'null'),
    }));
}
