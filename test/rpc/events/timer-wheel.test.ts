import assert from 'node:assert/strict';
import { TimerWheel } from '../../../server/rpc/events/timer-wheel.ts';
import { eventually } from '../../support/eventually.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

describe('TimerWheel', () => {
  it('fires each timer once, and none before its time', async () => {
    const wheel = new TimerWheel();
    const firedMs: number[][] = [];
    const delaysMs = Array.from({ length: 100 }, (_, index) => (index * 37) % 400);
    for (const [index, delayMs] of delaysMs.entries()) {
      const startedMs = performance.now();
      firedMs[index] = [];
      wheel.after(delayMs, () => firedMs[index]?.push(performance.now() - startedMs));
    }
    await eventually(() => firedMs.every(({ length }) => length > 0), 'all have fired');
    for (const [index, delayMs] of delaysMs.entries()) {
      assert.equal(firedMs[index]?.length, 1);
      assert.ok((firedMs[index]?.[0] ?? 0) >= delayMs, `${firedMs[index]} is not before ${delayMs}`);
    }
  });

  it('fires no timer that was prevented, and those behind it all the same', async () => {
    const wheel = new TimerWheel();
    const fired: string[] = [];
    const prevent = wheel.after(60_000, () => fired.push('prevented'));
    wheel.after(MONTH_MS, () => fired.push('a month later'));
    wheel.after(100, () => fired.push('last'));
    wheel.after(1, () => {
      fired.push('first');
      prevent();
      wheel.after(20, () => fired.push('second'));
    });
    await eventually(() => fired.length === 3, 'three have fired');
    prevent();
    assert.deepEqual(fired.toSorted(), ['first', 'last', 'second']);
  });

  it('begins anew after it was empty', async () => {
    const wheel = new TimerWheel();
    wheel.after(10, () => assert.fail('it was prevented'))();
    for (let round = 0; round < 3; round++)
      await new Promise<void>((resolve) => {
        wheel.after(round, resolve);
      });
  });
});
