import assert from 'node:assert/strict';
import { WorkQueue } from '../../server/runtime/work-queue.ts';

describe('a queue of work', () => {
  it('hands out what waits, as many at once as it may, in order', async () => {
    const queue = new WorkQueue<number>(2);
    for (const work of [1, 2, 3]) queue.add(work);
    assert.deepEqual([await queue.take(), await queue.take(), queue.size], [[1, 2], [3], 0]);
  });

  it('has its taker wait until there is something', async () => {
    const queue = new WorkQueue<number>(2);
    const taken = queue.take();
    queue.add(1);
    queue.add(2);
    assert.deepEqual([await taken, await queue.take()], [[1], [2]]);
  });

  it('gives nothing to a taker that was given up, so that what comes later is kept', async () => {
    const queue = new WorkQueue<number>(2);
    const first = queue.take();
    const second = queue.take();
    assert.deepEqual(queue.takeRest(), []);
    queue.add(1);
    assert.deepEqual([await first, await second, queue.size, await queue.take()], [[], [], 1, [1]]);
  });

  it('ends behind what waits', async () => {
    const queue = new WorkQueue<number>(2);
    queue.add(1);
    queue.end();
    assert.deepEqual([await queue.take(), await queue.take(), queue.hasEnded], [[1], undefined, true]);
  });
});
