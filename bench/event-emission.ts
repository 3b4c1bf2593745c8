import assert from 'node:assert/strict';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { EventLog, type EventPayload } from '../server/runtime/events/event-log.ts';
import { LaneEventSink } from '../server/runtime/events/lane-event-sink.ts';
import type { FromLane } from '../server/runtime/lane/messages.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { startBenchLane } from './support/bench-lane.ts';
import type { Benchmark } from './support/benchmark.ts';
import { subscribedEmissionUs } from './support/subscribed-emission.ts';

const EVENTS_PER_TURN = 64;
/** Below the bound at which a lane's events are left out. */
const LARGEST_BACKLOG = 4096;
const TOPIC = 'processor:vibration-a1b2c3';

/** What the runtime loop pays for an event: recording it and handing it over at the end of the turn. */
export const eventEmission: Benchmark = {
  name: 'event-emission',
  measures: `cost of an event in the loop, ${EVENTS_PER_TURN} per turn: with nobody, a lane that listens to *, and subscribers of the server`,
  async run({ quick }) {
    const turns = quick ? 4 : 50;
    const heard = await ListenedLog.start();
    try {
      const unheard = new EventLog(() => 1);
      const values = await mediansOfRounds(quick ? 1 : 41, {
        unheard: () => costPerEventUs(unheard, turns, endOfTurn),
        heard: () => costPerEventUs(heard.log, turns, () => heard.catchUp()),
      });
      assert.deepEqual(await heard.report(), {
        count: heard.log.lastSequence,
        missed: 0,
        in_order: true,
      });
      const subscribers = quick ? 20 : 1000;
      const load = { subscribers, eventsPerTurn: EVENTS_PER_TURN, turns: quick ? 2 : 100 };
      const subscribed = await subscribedEmissionUs(load);
      const target = { atMost: 10 };
      return [
        { name: 'nobody listens', value: values.unheard, unit: 'µs', target: { atMost: 5 } },
        { name: 'a lane listens to *', value: values.heard, unit: 'µs', target },
        { name: `${subscribers} subscribers of the server`, value: subscribed, unit: 'µs', target },
      ];
    } finally {
      await heard.drain();
    }
  },
};

/** Events as they are most often: a processor's state, its own event with data, a link that came. */
const PAYLOADS: readonly EventPayload[] = [
  {
    case: 'processorStateChanged',
    value: { processorId: 'vibration-a1b2c3', fromState: 2, toState: 3, laneId: 'lane-1' },
  },
  {
    case: 'custom',
    value: {
      name: 'threshold_crossed',
      data: { channel: 'rms', value: 0.25, limit: 0.2, direction: 'rising' },
      processorId: 'vibration-a1b2c3',
    },
  },
  {
    case: 'linkAdded',
    value: { linkId: 'link-a1b2c3', fromProcessor: 'a', fromPort: 'data', toProcessor: 'b', toPort: 'data' },
  },
];

async function costPerEventUs(log: EventLog, turns: number, rest: () => Promise<unknown>): Promise<number> {
  let tookMs = 0;
  for (let turn = 0; turn < turns; turn++) {
    const startedMs = performance.now();
    for (let i = 0; i < EVENTS_PER_TURN; i++) {
      log.emit(PAYLOADS[i % PAYLOADS.length] as EventPayload, { topic: TOPIC });
    }
    log.flush();
    tookMs += performance.now() - startedMs;
    await rest();
  }
  return (tookMs * 1000) / (turns * EVENTS_PER_TURN);
}

/** An event log and a lane that listens to everything in it. */
class ListenedLog {
  readonly log = new EventLog(() => 1);
  #lane: Awaited<ReturnType<typeof startBenchLane>> | undefined;
  #sink: LaneEventSink | undefined;
  #taken = 0;
  readonly #listens = Promise.withResolvers<void>();
  readonly #report = Promise.withResolvers<unknown>();

  static async start(): Promise<ListenedLog> {
    const listened = new ListenedLog();
    const lane = await startBenchLane('bench.EventTaker', (message) => listened.#receive(message));
    listened.#lane = lane;
    listened.#sink = new LaneEventSink((message) => lane.send(message));
    listened.log.add(listened.#sink);
    listened.#sink.listen(['*']);
    await listened.#listens.promise;
    return listened;
  }

  async catchUp(): Promise<void> {
    do await endOfTurn();
    while (this.log.lastSequence - this.#taken > LARGEST_BACKLOG);
  }

  /** What the lane says that it heard. */
  report(): Promise<unknown> {
    this.log.emit({ case: 'custom', value: { name: 'report' } }, { topic: TOPIC });
    return this.#report.promise;
  }

  async drain(): Promise<void> {
    await this.#lane?.drain();
  }

  #receive(message: FromLane): void {
    if (message.kind === 'listen') {
      if (message.patterns.includes('*')) this.#listens.resolve();
    } else if (message.kind === 'events_taken') {
      this.#taken += message.count;
      this.#sink?.taken(message.count);
    } else if (message.kind === 'published') {
      for (const { event } of message.publications) this.#report.resolve(event.data);
    }
  }
}
