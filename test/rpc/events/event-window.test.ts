import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EventWindow } from '../../../server/rpc/events/event-window.ts';
import { eventually } from '../../support/eventually.ts';
import { customEvent } from './custom-event.ts';

const windowOf = (capacity: number, lastSequence = 0, maxBytes = Number.MAX_SAFE_INTEGER) =>
  new EventWindow({ streamId: 's', lastSequence, capacity, maxBytes });

const sequences = (window: EventWindow, after: number, limit = 1000) =>
  window.readAfter(after, limit).map((entry) => entry.sequence);

describe('EventWindow', () => {
  it('is empty at first and knows what comes next', () => {
    const window = windowOf(4, 41);
    assert.deepEqual([window.last, window.oldest], [41, 42]);
    assert.deepEqual(sequences(window, 0), []);
  });

  it('knows where it began, whatever it has forgotten since', () => {
    const window = windowOf(2, 41);
    assert.equal(window.begin, 41);
    for (const sequence of [44, 45, 46]) window.append(customEvent(sequence));
    assert.deepEqual([window.begin, window.oldest], [43, 45]);
  });

  it('keeps the newest events and forgets the oldest', () => {
    const window = windowOf(3);
    for (const sequence of [1, 2, 3, 4, 5]) window.append(customEvent(sequence));
    assert.deepEqual([window.oldest, window.last], [3, 5]);
    assert.deepEqual(sequences(window, 0), [3, 4, 5]);
    assert.deepEqual(sequences(window, 3), [4, 5]);
    assert.deepEqual(sequences(window, 3, 1), [4]);
    assert.deepEqual(sequences(window, 5), []);
    assert.deepEqual(sequences(window, 99), []);
  });

  it('is bounded in bytes as well, and always keeps the newest event', () => {
    const window = windowOf(1000, 0, 100_000);
    for (let sequence = 1; sequence <= 50; sequence++)
      window.append(customEvent(sequence, 'x'.repeat(10_000)));
    assert.ok(window.last - window.oldest < 10, `keeps ${window.last - window.oldest + 1}`);
    window.append(customEvent(51, 'x'.repeat(1_000_000)));
    assert.deepEqual([window.oldest, window.last], [51, 51]);
  });

  it('takes no event twice', () => {
    const window = windowOf(10);
    for (const sequence of [1, 2, 2, 1, 3]) window.append(customEvent(sequence));
    assert.deepEqual(sequences(window, 0), [1, 2, 3]);
  });

  it('finds what follows any sequence, whatever holes there are', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 210 }),
        fc.integer({ min: 1, max: 50 }),
        (published, capacity, after, limit) => {
          const inOrder = published.toSorted((a, b) => a - b);
          const window = windowOf(capacity);
          for (const sequence of inOrder) window.append(customEvent(sequence));
          const kept = inOrder.slice(-capacity).filter((sequence) => sequence > after);
          assert.deepEqual(sequences(window, after, limit), kept.slice(0, limit));
        },
      ),
    );
  });

  it('wakes its watchers once for all events of a turn, until they leave', async () => {
    const window = windowOf(10);
    let wakes = 0;
    const leave = window.watch(() => wakes++);
    window.append(customEvent(1));
    window.append(customEvent(2));
    assert.equal(wakes, 0);
    await eventually(() => wakes === 1, 'the watcher is awake');
    leave();
    window.append(customEvent(3));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.equal(wakes, 1);
  });
});
