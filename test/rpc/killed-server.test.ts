import assert from 'node:assert/strict';
import { CONTROL_EVENT_TYPES } from '../../server/runtime/index.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import { listControlEvents } from '../runtime/history/support/list-control-events.ts';
import { startCli } from '../support/child.ts';
import { CallError } from '../support/door.ts';
import { EVENT_DOORS, type EventDoor, type SubscribeInit } from '../support/event-doors.ts';
import { eventually } from '../support/eventually.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';
import { TEST_REGISTRIES } from '../support/test-runtime.ts';

/** How often the server is killed; a script asks for more. */
const KILLS = Number(process.env.STREAMLIB_TEST_KILLS ?? 3);
const EDITORS = 4;
const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

const CONTROL_ONLY = { types: [...CONTROL_EVENT_TYPES] };

const SUBSCRIBERS: readonly (readonly [door: string, request: SubscribeInit])[] = [
  ['gRPC', {}],
  ['gRPC', CONTROL_ONLY],
  ['Connect with JSON', CONTROL_ONLY],
  ['server-sent events', {}],
  ['WebSocket', CONTROL_ONLY],
];

/** Somebody who wants to hear everything, whatever happens to the server. */
class Subscriber {
  /** The control events, as `TYPE CURSOR`. */
  readonly heard: string[] = [];
  readonly topics = new Set<string>();
  readonly name: string;
  readonly #door: EventDoor;
  readonly #request: SubscribeInit;
  #after: string;

  constructor([name, request]: (typeof SUBSCRIBERS)[number], after: string) {
    this.name = name;
    this.#door = EVENT_DOORS[name] as EventDoor;
    this.#request = request;
    this.#after = after;
  }

  /** Listens until the server is gone. */
  async follow(url: string): Promise<void> {
    try {
      for await (const told of this.#door(url, { ...this.#request, after: this.#after })) {
        if (!('cursor' in told)) continue;
        this.#after = told.cursor;
        if (!CONTROL_EVENT_TYPES.has(told.type)) continue;
        this.heard.push(`${told.type} ${told.cursor}`);
        this.topics.add(told.topic);
      }
    } catch (error) {
      // NB: a server that is gone gives no reason.
      if (error instanceof CallError && error.reason !== '') throw error;
    }
  }
}

async function post(url: string, id: string): Promise<boolean> {
  try {
    const body = JSON.stringify({ processor_type: 'NullSink', processor_id: id });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${url}/api/processors`, { method: 'POST', headers, body })).ok;
  } catch {
    return false;
  }
}

/** Where the events of a server are now. */
async function positionOf(url: string) {
  const state = (await (await fetch(`${url}/api/runtime/state`)).json()) as {
    readonly stream_id: string;
    readonly as_of_sequence: number;
  };
  return { streamId: state.stream_id, sequence: Number(state.as_of_sequence) };
}

/** The control events that the journal has after a point. */
async function journaled(
  stateDirectory: string,
  { streamId, sequence }: { readonly streamId: string; readonly sequence: number },
): Promise<string[]> {
  const log = createLog({ '': 'silent' });
  const runtime = await StreamRuntime.create({ registries: TEST_REGISTRIES, log, stateDirectory });
  try {
    return (await listControlEvents(runtime, streamId, sequence)).map(
      ({ type, cursor }) => `${type} ${cursor}`,
    );
  } finally {
    await runtime.close();
  }
}

describe('a server that is killed under its subscribers', () => {
  const path = useTemporaryFolder();

  it(`tells each of them, in the end, exactly what its journal has (seed ${random.seed})`, async function () {
    this.timeout(60_000 + KILLS * 20_000);
    let subscribers: Subscriber[] = [];
    let begin = { streamId: '', sequence: 0 };
    let acknowledged = 0;
    for (let life = 0; life <= KILLS; life++) {
      await using server = startCli(['serve', '--port', '0', '--state', path('state')]);
      const url = await server.listening();
      if (life === 0) {
        begin = await positionOf(url);
        subscribers = SUBSCRIBERS.map((each) => new Subscriber(each, `${begin.streamId}:${begin.sequence}`));
      }
      const following = Promise.all(subscribers.map((each) => each.follow(url)));
      let isKilled = false;
      const wanted = acknowledged + 1 + random.below(60);
      const edit = async (editor: number): Promise<void> => {
        for (let i = 0; !isKilled && acknowledged < wanted; i++)
          if (await post(url, `n-${life}-${editor}-${i}`)) acknowledged++;
      };
      const editing = Promise.all(Array.from({ length: EDITORS }, (_, editor) => edit(editor)));
      await eventually(() => acknowledged >= wanted, `${wanted} edits`);
      if (life === KILLS) {
        await editing;
        assert.ok(await post(url, 'the-last'));
        // NB: not until so many as were acknowledged, since one may be durable whose acknowledgement a kill prevented.
        for (const { topics, name } of subscribers)
          await eventually(() => topics.has('processor:the-last'), `${name} hears of the last edit`);
      }
      server.kill('SIGKILL');
      isKilled = true;
      await Promise.all([server.end(), following, editing]);
    }
    const journal = await journaled(path('state'), begin);
    const end = journal.findLastIndex((each) => each.startsWith('ProcessorAdded ')) + 1;
    const want = journal.slice(0, end);
    assert.ok(want.length >= 2 * acknowledged);
    assert.equal(new Set(want.map((each) => each.split(' ')[1]?.split(':')[0])).size, KILLS + 1);
    for (const { heard, name } of subscribers) assert.deepEqual(heard.slice(0, end), want, name);
  });
});
