import assert from 'node:assert/strict';
import { GapPolicy } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { CallError } from '../support/door.ts';
import { EVENT_DOORS, type EventDoor, eventsPath, type Told } from '../support/event-doors.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const EDITS = ['GraphDidChange', 'ProcessorAdded'];

/** What a subscriber is told, in a few words, up to the event that adds a processor for the nth time. */
async function heardUntil(stream: AsyncGenerator<Told>, nth: number): Promise<string[]> {
  const heard: string[] = [];
  for (let added = 0; added < nth; ) {
    const { value, done } = await stream.next();
    assert.ok(done !== true, `it ended after ${heard.join()}`);
    heard.push('sequence' in value ? `${value.type} ${value.cursor}` : value.kind);
    if ('type' in value && value.type === 'ProcessorAdded') added++;
  }
  await stream.return(undefined);
  return heard;
}

/** Adds processors one after the other; answers what everybody is told of it, as `ProcessorAdded CURSOR`. */
async function add({ runtime }: TestServer, ...ids: string[]): Promise<string[]> {
  const told: string[] = [];
  using _listener = runtime.events.subscribe('*', ({ type, cursor }) => {
    if (EDITS.includes(type)) told.push(`${type} ${cursor}`);
  });
  for (const id of ids) await runtime.addProcessor({ type: 'NullSink', id });
  await eventually(() => told.length === ids.length * EDITS.length, 'it is told');
  return told;
}

const cursorOf = (told = ''): string => told.split(' ')[1] ?? '';

async function refusalOf(stream: AsyncGenerator<Told>): Promise<unknown[]> {
  const heard: unknown[] = [];
  try {
    for await (const { kind } of stream) heard.push(kind);
  } catch (error) {
    assert.ok(error instanceof CallError, String(error));
    heard.push(error.code, error.reason);
  }
  return heard;
}

for (const [name, subscribe] of Object.entries(EVENT_DOORS)) {
  describe(`who comes back through ${name}`, () => {
    const path = useTemporaryFolder();
    const start = (config = {}) => TestServer.start({ config, runtime: { stateDirectory: path('state') } });

    /** A server that was started anew twice, with what was told of the edits in each of its lives. */
    async function restarted() {
      const lives: string[][] = [];
      for (const ids of [
        ['a', 'b', 'c'],
        ['d', 'e'],
      ]) {
        await using server = await start();
        lives.push(await add(server, ...ids));
      }
      const server = await start();
      return { server, earlier: lives.flat(), now: await add(server, 'f') };
    }

    it('after a restart hears every control event since, then what is new, and of the rest that it is gone', async () => {
      const { server, earlier, now } = await restarted();
      await using _server = server;
      const after = cursorOf(earlier[1]);
      const later = earlier.slice(2);
      const told = await heardUntil(subscribe(server.url, { after }), 5);
      const begin = told.indexOf('started');
      // NB: nothing else happened that a record tells of.
      assert.deepEqual(told.slice(0, begin), later);
      assert.equal(told[begin + 1], 'gap');
      assert.deepEqual(told.slice(begin + 2).filter(isOfEdit), now);

      const controlOnly = await heardUntil(subscribe(server.url, { after, types: EDITS }), 5);
      assert.deepEqual(controlOnly, [...later, 'started', ...now]);

      const [streamId = '', sequence = ''] = cursorOf(earlier.at(-2)).split(':');
      const half = { streamId, afterSequence: BigInt(sequence), types: ['ProcessorAdded'] };
      assert.deepEqual(await heardUntil(subscribe(server.url, half), 2), [earlier.at(-1), 'started', now[1]]);
    });

    it('after a restart is told of the gap and refused where it wants none', async () => {
      const { server, earlier } = await restarted();
      await using _server = server;
      const request = { after: cursorOf(earlier.at(-1)), onGap: GapPolicy.FAIL };
      assert.deepEqual(await refusalOf(subscribe(server.url, request)), [
        'started',
        'gap',
        'out_of_range',
        'RESUME_POINT_LOST',
      ]);
    });

    it('within a stream is given from the journal what the window has no more, if the journal has all of it', async () => {
      await using server = await start({ window_events: 16 });
      const ids = Array.from({ length: 200 }, (_, i) => `n-${i}`);
      const { streamId, asOfSequence } = await server.runtime.getState();
      const told = await add(server, ...ids);
      const after = `${streamId}:${asOfSequence}`;
      const controlOnly = subscribe(server.url, { after, types: EDITS });
      assert.deepEqual(await heardUntil(controlOnly, ids.length), ['started', ...told]);
      assert.deepEqual(await refusalOf(subscribe(server.url, { after })), [
        'out_of_range',
        'RESUME_POINT_LOST',
      ]);
    });

    it('with the cursor of another server is refused', async () => {
      await using server = await start();
      for (const types of [[], EDITS])
        assert.deepEqual(await refusalOf(subscribe(server.url, { after: 'other:1', types })), [
          'out_of_range',
          'RESUME_POINT_LOST',
        ]);
    });
  });
}

describe('an EventSource', () => {
  const path = useTemporaryFolder();

  it('goes on over a restart after the last id that it saw', async () => {
    const runtime = { stateDirectory: path('state') };
    const first = await TestServer.start({ runtime });
    const earlier = await add(first, 'a', 'b');
    await first.close();
    await using second = await TestServer.start({ runtime });
    const now = await add(second, 'c');
    const aborter = new AbortController();
    const response = await fetch(second.url + eventsPath({ types: EDITS }), {
      headers: { accept: 'text/event-stream', 'last-event-id': cursorOf(earlier[1]) },
      signal: aborter.signal,
    });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.split('"ProcessorAdded"').length > 2) break;
    }
    aborter.abort();
    const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    const stream = cursorOf(now[0]).split(':')[0];
    assert.deepEqual(ids, [...earlier.slice(2).map(cursorOf), `${stream}:0`, ...now.map(cursorOf)]);
  });

  it('of an ephemeral server hears that its place is lost', async () => {
    const first = await TestServer.start({ runtime: { stateDirectory: undefined } });
    const after = cursorOf((await add(first, 'a')).at(-1));
    await first.close();
    await using second = await TestServer.start({ runtime: { stateDirectory: undefined } });
    const sse = EVENT_DOORS['server-sent events'] as EventDoor;
    assert.deepEqual(await refusalOf(sse(second.url, { after })), ['out_of_range', 'RESUME_POINT_LOST']);
  });
});

const isOfEdit = (heard: string): boolean => EDITS.some((type) => heard.startsWith(`${type} `));
