import assert from 'node:assert/strict';
import fc from 'fast-check';
import { moneyToNumber, scaleMoney, toMoney } from '../../../server/trading/broker/money.ts';

const ONE = 10n ** 18n;

describe('money', () => {
  for (const { value, want } of [
    { value: 0.1, want: ONE / 10n },
    { value: -2.5, want: (-5n * ONE) / 2n },
    { value: 1e-18, want: 1n },
    { value: 1.5e-7, want: 150_000_000_000n },
    { value: 1e21, want: 1000n * ONE * ONE },
    { value: 0, want: 0n },
    { value: -0, want: 0n },
  ]) {
    it(`takes ${value} as it is written`, () => assert.equal(toMoney(value, 'cash'), want));
  }

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e-19, 1.23e-17]) {
    it(`refuses ${value} and names the field`, () => {
      assert.throws(() => toMoney(value, 'cash'), { code: 'FIELD_INVALID', path: 'cash' });
    });
  }

  it('comes back as the number it was', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(10 ** 14), max: 10 ** 14 }),
        fc.integer({ min: 0, max: 6 }),
        (digits, shift) => {
          const value = Number(`${digits}e-${shift}`);
          const back = moneyToNumber(toMoney(value, 'cash'));
          assert.ok(Math.abs(back - value) <= Math.abs(value) * 2 ** -52, `${value} came back as ${back}`);
        },
      ),
    );
  });

  it('rounds a share to the nearest unit, halves away from 0', () => {
    assert.equal(scaleMoney(5n, 1n, 2n), 3n);
    assert.equal(scaleMoney(-5n, 1n, 2n), -3n);
    assert.equal(scaleMoney(4n, 1n, 3n), 1n);
    assert.equal(scaleMoney(5n, 1n, 3n), 2n);
  });
});
