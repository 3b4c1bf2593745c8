import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { EVENT_TYPES, EventLog } from '../../../server/runtime/events/event-log.ts';
import { LaneEventSink } from '../../../server/runtime/events/lane-event-sink.ts';
import { MainBus } from '../../../server/runtime/events/main-bus.ts';
import { matchesTopic } from '../../../server/runtime/events/topics.ts';
import type { ToLane } from '../../../server/runtime/lane/messages.ts';
import type { Logger } from '../../../server/runtime/log.ts';

const custom = (log: EventLog, name: string, topic = 'test') =>
  log.emit({ case: 'custom', value: { name } }, { topic });

/** A log that fills batches of events, one per turn. */
function collected(log: EventLog): Event[][] {
  const batches: Event[][] = [];
  log.add({ deliver: (events) => batches.push([...events]) });
  return batches;
}

describe('the event log', () => {
  it('numbers events from 1 without holes and hands over those of one turn together', async () => {
    const log = new EventLog(() => 7);
    const batches = collected(log);
    custom(log, 'a');
    custom(log, 'b');
    assert.equal(batches.length, 0);
    await nextTurn();
    custom(log, 'c');
    await nextTurn();
    assert.deepEqual(
      batches.map((batch) => batch.map(({ sequence }) => Number(sequence))),
      [[1, 2], [3]],
    );
    assert.equal(log.lastSequence, 3);
  });

  it('fills in what every event has', async () => {
    const log = new EventLog(() => 7);
    const batches = collected(log);
    log.emit(
      { case: 'processorRemoved', value: { processorId: 'x' } },
      { topic: 'processor:x', traceId: 't' },
    );
    await nextTurn();
    const [event] = batches.flat();
    assert.equal(event?.type, 'ProcessorRemoved');
    assert.equal(event.topic, 'processor:x');
    assert.equal(event.revision, 7n);
    assert.equal(event.traceId, 't');
    assert.equal(event.cursor, `${log.streamId}:1`);
    assert.ok(event.time !== undefined && event.monotonicNs > 0n);
    assert.ok(EVENT_TYPES.has(event.type));
  });

  it('gives a sink everything from the moment at which it is added, and nothing before', () => {
    const log = new EventLog(() => 0);
    custom(log, 'before');
    const batches = collected(log);
    custom(log, 'after');
    log.flush();
    assert.deepEqual(
      batches.flat().map(({ sequence }) => Number(sequence)),
      [2],
    );
  });

  it('knows two logs apart', () => {
    assert.notEqual(new EventLog(() => 0).streamId, new EventLog(() => 0).streamId);
  });
});

describe('topics', () => {
  for (const [pattern, topic, want] of [
    ['*', 'anything', true],
    ['processor:*', 'processor:gain', true],
    ['processor:*', 'link:gain', false],
    ['processor:gain', 'processor:gain', true],
    ['processor:gain', 'processor:gain2', false],
    ['processor:g*', 'processor:gain', true],
    ['', 'x', false],
  ] as const) {
    it(`${JSON.stringify(pattern)} ${want ? 'matches' : 'does not match'} ${topic}`, () => {
      assert.equal(matchesTopic(pattern, topic), want);
    });
  }
});

describe('the bus of the main thread', () => {
  const errors: string[] = [];
  const ignore = () => {};
  const logger: Logger = {
    trace: ignore,
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (text) => errors.push(text),
  };

  it('calls listeners after publish has returned, in order, and none after its disposal', async () => {
    const bus = new MainBus(new EventLog(() => 0), logger);
    const heard: string[] = [];
    const listener = bus.subscribe('news:*', ({ payload }) => {
      if (payload.case === 'custom') heard.push(payload.value.name);
    });
    bus.publish('news:1', { name: 'first' });
    bus.publish('other', { name: 'not for us' });
    bus.publish('news:2', { name: 'second', data: { a: 1 } });
    assert.deepEqual(heard, []);
    await nextTurn();
    assert.deepEqual(heard, ['first', 'second']);
    listener[Symbol.dispose]();
    bus.publish('news:3', { name: 'third' });
    await nextTurn();
    assert.deepEqual(heard, ['first', 'second']);
  });

  it('goes on when a listener throws, and logs it', async () => {
    const bus = new MainBus(new EventLog(() => 0), logger);
    const heard: string[] = [];
    const kept = [
      bus.subscribe('*', () => {
        throw new Error('broken listener');
      }),
      bus.subscribe('*', ({ topic }) => heard.push(topic)),
    ];
    bus.publish('news', { name: 'x' });
    await nextTurn();
    assert.deepEqual(heard, ['news']);
    assert.match(errors.join('\n'), /broken listener/);
    assert.equal(kept.length, 2);
  });
});

describe('events on their way to a lane', () => {
  const events = (count: number, topic = 'a') =>
    Array.from({ length: count }, (_, i) => ({ topic, sequence: BigInt(i + 1) }) as Event);

  function sink() {
    const sent: Extract<ToLane, { kind: 'events' }>[] = [];
    const lane = new LaneEventSink((message) => {
      if (message.kind === 'events') sent.push(message);
    });
    return { sent, lane };
  }

  it('are only those that it listens to', () => {
    const { sent, lane } = sink();
    lane.deliver(events(3));
    lane.listen(['b*']);
    lane.deliver([...events(2, 'a'), ...events(1, 'bee')]);
    assert.deepEqual(
      sent.map((message) => message.events.map(({ topic }) => topic)),
      [['bee']],
    );
  });

  it('are bounded: what a stuck lane misses is counted and told', () => {
    const { sent, lane } = sink();
    lane.listen(['*']);
    const total = 40_000;
    for (let i = 0; i < 40; i++) lane.deliver(events(1_000));
    const onTheWay = sent.reduce((sum, message) => sum + message.events.length, 0);
    assert.ok(onTheWay < total);
    lane.taken(onTheWay);
    lane.deliver(events(1));
    const delivered = sent.reduce((sum, message) => sum + message.events.length, 0);
    const missed = sent.reduce((sum, message) => sum + message.missed, 0);
    assert.equal(delivered + missed, total + 1);
  });
});
