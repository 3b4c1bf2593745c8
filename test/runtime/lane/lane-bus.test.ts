import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CustomEvent, EventListener } from '../../../server/runtime/events/bus.ts';
import type { ProcessorId } from '../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import { LaneBus } from '../../../server/runtime/lane/lane-bus.ts';
import { LaneLog } from '../../../server/runtime/lane/lane-log.ts';
import type { Event } from '../../../server/runtime/lane/messages.ts';
import { eventually } from '../../support/eventually.ts';

const A = 'a' as ProcessorId;
const takeAll = (bus: LaneBus): void => bus.publicationsTaken(bus.takePublications().length);
const eventsOf = (...topics: string[]) => topics.map((topic) => ({ topic }) as Event);

function createBus() {
  const log = new LaneLog({}, () => {});
  const bus = new LaneBus({
    log: log.logger('runtime'),
    logOf: (processorId) => log.logger('processors', processorId),
    onPending: () => {},
    runAs: (_id, code) => code(),
  });
  return { bus, log };
}

describe('the bus of a lane', () => {
  it('calls listeners from its own turn and never from within publish or receive', () => {
    const { bus } = createBus();
    const heard: string[] = [];
    const listener = bus.busOf(A).subscribe('x', ({ topic }) => heard.push(topic));
    bus.busOf(A).publish('x', { name: 'n' });
    bus.receive(eventsOf('x', 'y'), 0);
    assert.deepEqual(heard, []);
    bus.dispatch(10);
    assert.deepEqual(heard, ['x']);
    assert.equal(listener.missed, 0);
  });

  it('counts and tells what a busy listener misses, and acknowledges what does not wait any more', () => {
    const { bus } = createBus();
    const reports: number[] = [];
    const options = { queueLimit: 3 };
    const listener = bus.busOf(A).subscribe('x', (_event, { missed }) => reports.push(missed), options);
    bus.receive(eventsOf('x', 'x', 'x', 'x', 'x'), 0);
    bus.dispatch(1);
    assert.equal(bus.takeAcknowledged(), 3);
    bus.dispatch(10);
    assert.equal(bus.takeAcknowledged(), 2);
    bus.receive(eventsOf('x'), 4);
    bus.dispatch(10);
    assert.deepEqual(reports, [2, 0, 0, 4]);
    assert.equal(listener.missed, 6);
  });

  it('bounds what it publishes until it is taken, and says what it left out', () => {
    const { bus, log } = createBus();
    for (let i = 0; i < 10_000; i++) bus.busOf(A).publish('x', { name: 'n' });
    const first = bus.takePublications().length;
    bus.busOf(A).publish('x', { name: 'too many' });
    assert.equal(bus.takePublications().length, 0);
    bus.publicationsTaken(first);
    bus.busOf(A).publish('x', { name: 'n' });
    assert.equal(bus.takePublications().length, 1);
    const leftOut = log
      .take()
      .flatMap((record) => (record.fields?.count === undefined ? [] : [Number(record.fields.count)]));
    assert.equal(
      leftOut.reduce((sum, count) => sum + count, 0),
      10_001 - first,
    );
  });

  it('refuses what is no event, tells the publisher, and logs the first reason and how many', () => {
    const { bus, log } = createBus();
    const events = bus.busOf(A);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const { what, topic = 'mine', event } of [
      { what: 'no topic', topic: '', event: { name: 'n' } },
      { what: 'a topic with a space', topic: 'my topic', event: { name: 'n' } },
      { what: 'a pattern', topic: 'mine*', event: { name: 'n' } },
      { what: 'a long topic', topic: 'x'.repeat(256), event: { name: 'n' } },
      { what: 'no name', event: { name: '' } },
      { what: 'a long name', event: { name: 'x'.repeat(256) } },
      { what: 'a circle', event: { name: 'n', data: circle } },
      { what: 'a bigint', event: { name: 'n', data: { large: 1n } } },
      { what: 'a list', event: { name: 'n', data: [] } },
      { what: 'a function', event: { name: 'n', data: () => 1 } },
      { what: 'more than 64 KiB', event: { name: 'n', data: { text: 'é'.repeat(32_800) } } },
    ])
      assert.equal(events.publish(topic, event as unknown as CustomEvent), false, what);
    const data = { number: Number.NaN, missing: undefined, text: 'é'.repeat(32_700) };
    assert.equal(events.publish('mine', { name: 'n', data: data as unknown as JsonObject }), true);
    assert.deepEqual(
      bus.takePublications().map(({ event }) => Object.keys(event.data ?? {})),
      [['number', 'text']],
    );
    const [warning, ...others] = log.take();
    assert.deepEqual(others, []);
    assert.deepEqual([warning?.processorId, warning?.fields], ['a', { count: 11 }]);
    assert.match(warning?.message ?? '', /^events were refused: topic must be .*, was ""$/);
  });

  it('keeps each processor to a rate, and the others to theirs', () => {
    const { bus } = createBus();
    const taken = (id: string) => {
      const events = bus.busOf(id as ProcessorId);
      let count = 0;
      while (events.publish('x', { name: 'n' })) if (++count % 1000 === 0) takeAll(bus);
      takeAll(bus);
      return count;
    };
    for (const id of ['a', 'b']) {
      const count = taken(id);
      // Half a second's at once, and what a second allows in the time that this takes.
      assert.ok(count >= 10_000 && count < 40_000, `${count} were taken`);
    }
  });

  it('goes on with the other listeners when one throws, and logs it', () => {
    const { bus, log } = createBus();
    const heard: string[] = [];
    const fail = () => {
      throw new Error('broken listener');
    };
    const listeners = [
      bus.busOf(A).subscribe('*', fail),
      bus.busOf(A).subscribe('*', () => heard.push('second')),
    ];
    bus.receive(eventsOf('x'), 0);
    bus.dispatch(10);
    assert.deepEqual(heard, ['second']);
    assert.equal(log.take().filter(({ level }) => level === 'error').length, 1);
    assert.equal(listeners.length, 2);
  });

  it('ends a subscription on disposal, and all of a processor at its end', () => {
    const { bus } = createBus();
    let heard = 0;
    const first = bus.busOf(A).subscribe('x', () => heard++);
    const second = bus.busOf(A).subscribe('y', () => heard++);
    assert.deepEqual(bus.takePatterns(), ['x', 'y']);
    bus.receive(eventsOf('x', 'y'), 0);
    first[Symbol.dispose]();
    assert.deepEqual(bus.takePatterns(), ['y']);
    bus.endAll(A);
    bus.dispatch(10);
    assert.deepEqual(bus.takePatterns(), []);
    assert.equal(heard, 0);
    assert.equal(bus.hasWaiting, false);
    assert.equal(second.missed, 0);
  });

  it('ends a subscription whose handle was forgotten', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const { bus } = createBus();
    const kept: EventListener = bus.busOf(A).subscribe('kept', () => {});
    bus.busOf(A).subscribe('forgotten', () => {});
    bus.takePatterns();
    await eventually(() => {
      collectGarbage();
      const patterns = bus.takePatterns();
      return patterns?.join() === 'kept';
    }, 'the forgotten subscription ends');
    assert.equal(kept.missed, 0);
  });
});
