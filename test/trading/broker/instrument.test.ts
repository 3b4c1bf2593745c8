import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { toMoney } from '../../../server/trading/broker/money.ts';

const of = (tickSize?: number, lotSize?: number): Instrument =>
  new Instrument({ symbol: 'A', tickSize, lotSize });

describe('Instrument', () => {
  for (const { name, got, want } of [
    { name: 'the nearest tick of a price', got: of(0.001).nearestTicks(86.6549), want: 86655 },
    { name: 'the tick below a price', got: of(0.5).ticksBelow(100.9, 'p'), want: 201 },
    { name: 'the tick above a price', got: of(0.5).ticksAbove(100.6, 'p'), want: 202 },
    { name: 'a price on the grid from above', got: of(0.1).ticksBelow(0.3, 'p'), want: 3 },
    { name: 'a price on the grid from below', got: of(0.1).ticksAbove(0.7, 'p'), want: 7 },
    { name: 'the lots of a quantity', got: of(1, 0.1).lotsWithin(0.3), want: 3 },
    { name: 'the whole lots of a quantity', got: of(1, 0.1).lotsWithin(0.39), want: 3 },
    { name: 'no lot of too small a quantity', got: of(1, 0.1).lotsWithin(0.09), want: 0 },
    { name: 'the price of ticks', got: of(0.1).priceOf(3), want: 0.3 },
    { name: 'the quantity of lots', got: of(1, 0.001).quantityOf(2345), want: 2.345 },
    { name: 'a price of large steps', got: of(2.5).priceOf(3), want: 7.5 },
  ]) {
    it(`gives ${name}`, () => assert.equal(got, want));
  }

  it('knows exactly what lots are worth', () => {
    assert.equal(of(0.5, 0.001).value(92754, 3), toMoney(46377 * 0.003, 'value'));
    assert.equal(of(1e-8, 1e-8).value(9e15, 9e15), 81n * 10n ** 32n);
    assert.equal(of(1e-8, 1e-8).value(3, -2), -600n);
  });

  it('gives back each price and quantity of its grid', () => {
    const steps = fc.constantFrom(1, 0.5, 0.25, 0.1, 0.01, 0.001, 1e-5, 1e-8);
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 10 ** 12 }), (step, count) => {
        const instrument = of(step, step);
        assert.equal(instrument.nearestTicks(instrument.priceOf(count)), count);
        assert.equal(instrument.ticksBelow(instrument.priceOf(count), 'p'), count);
        assert.equal(instrument.ticksAbove(instrument.priceOf(count), 'p'), count);
        assert.equal(instrument.lotsWithin(instrument.quantityOf(count)), count);
      }),
    );
  });

  for (const [tickSize, lotSize, path] of [
    [0, 1, 'tick_size'],
    [Number.NaN, 1, 'tick_size'],
    [1, -1, 'lot_size'],
    [1e-12, 1e-12, 'tick_size'],
  ] as const) {
    it(`refuses steps of ${tickSize} and ${lotSize}`, () => {
      assert.throws(() => of(tickSize, lotSize), { code: 'FIELD_INVALID', path });
    });
  }

  it('refuses a price that it cannot count exactly', () => {
    assert.throws(() => of(1e-8).nearestTicks(1e9), { code: 'FIELD_INVALID', path: 'price' });
    assert.throws(() => of().lotsWithin(Number.NaN), { code: 'FIELD_INVALID', path: 'quantity' });
  });
});
