import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WindowAverage } from '../../../server/processors/moving-average/window-average.ts';

function naiveAverages(values: number[], size: number): number[] {
  return values.map((_, i) => {
    const window = values
      .slice(0, i + 1)
      .filter(Number.isFinite)
      .slice(-size);
    return window.reduce((sum, value) => sum + value, 0) / window.length;
  });
}

describe('WindowAverage', () => {
  for (const { name, size, values, want } of [
    { name: 'a window of one repeats', size: 1, values: [3, -1, 7], want: [3, -1, 7] },
    { name: 'a window that is not full yet', size: 4, values: [2, 4, 6], want: [2, 3, 4] },
    { name: 'the oldest value leaves', size: 2, values: [1, 3, 5, 9, 1], want: [1, 2, 4, 7, 5] },
    {
      name: 'what is no number is left out',
      size: 2,
      values: [NaN, 4, Infinity, 8, -Infinity, 2],
      want: [NaN, 4, 4, 6, 6, 5],
    },
    {
      name: 'a huge value leaves no trace',
      size: 2,
      values: [1, 1e300, 1, 3, 5],
      want: [1, 5e299, 5e299, 2, 4],
    },
  ]) {
    it(name, () => {
      const average = new WindowAverage(size);
      assert.deepEqual(
        values.map((value) => average.add(value)),
        want,
      );
    });
  }

  it('equals the mean of the window for any values', () => {
    const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(NaN, Infinity));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (values, size) => {
        const average = new WindowAverage(size);
        const want = naiveAverages(values, size);
        values.forEach((next, i) => {
          const got = average.add(next);
          const expected = want[i] as number;
          assert.ok(
            Object.is(got, expected) || Math.abs(got - expected) <= 1e-9,
            `${i}: ${got} for ${expected}`,
          );
        });
      }),
    );
  });

  it('does not drift over a million values', () => {
    const average = new WindowAverage(1000);
    let last = 0;
    for (let i = 0; i < 1_000_000; i++) last = average.add(1e9 + (i % 1000) * 0.1);
    assert.ok(Math.abs(last - (1e9 + 49.95)) < 1e-6, `was ${last}`);
  });
});
