import assert from 'node:assert/strict';
import { SeededRandom } from '../../../server/trading/market/seeded-random.ts';

describe('SeededRandom', () => {
  it('gives the numbers of the reference implementation', () => {
    // xoshiro128** from the state 1, 2, 3, 4: its first outputs are 11520, 0, 5927040, 70819200.
    const random = SeededRandom.at([1, 2, 3, 4]);
    const [first, second] = [random.uniform(), random.uniform()];
    assert.equal(first, ((11520 >>> 5) * 2 ** 26 + (0 >>> 6)) / 2 ** 53);
    assert.equal(second, ((5927040 >>> 5) * 2 ** 26 + (70819200 >>> 6)) / 2 ** 53);
  });

  it('is the same for the same seed and name, and another one for others', () => {
    const first = (seed: number, name: string): number => SeededRandom.of(seed, name).uniform();
    assert.equal(first(1, 'A'), first(1, 'A'));
    const others = [first(1, 'A'), first(2, 'A'), first(1, 'B'), first(1 + 2 ** 32, 'A')];
    assert.equal(new Set(others).size, 4);
  });

  it('goes on where it was', () => {
    const random = SeededRandom.of(7, 'A');
    random.normal();
    const again = SeededRandom.at(random.state);
    assert.equal(again.normal(), random.normal());
  });

  it('has the moments that it says', () => {
    const random = SeededRandom.of(3, 'moments');
    const count = 100_000;
    const values = Array.from({ length: count }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    assert.ok(Math.abs(mean) < 0.02, `the mean is ${mean}`);
    assert.ok(Math.abs(variance - 1) < 0.03, `the variance is ${variance}`);
  });
});
