import assert from 'node:assert/strict';
import { toMoney } from '../../../server/trading/broker/money.ts';
import { EquityCurve } from '../../../server/trading/results/equity-curve.ts';
import { performanceStatistics } from '../../../server/trading/results/performance-statistics.ts';
import cases from './performance.json' with { type: 'json' };

const near = (got: number | undefined, want: number | null): boolean =>
  want === null
    ? got === undefined
    : got !== undefined && Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want));

function curveOf(initial: number, points: readonly (readonly number[])[]): EquityCurve {
  const curve = new EquityCurve(initial);
  for (const point of points) curve.push(...(point as [number, number, number, number]));
  return curve;
}

describe('performanceStatistics', () => {
  for (const { name, initial, points, pnl, traded, want } of cases) {
    it(`agrees with NumPy about ${name}`, () => {
      const got = performanceStatistics({
        curve: curveOf(initial, points),
        trades: pnl.map((each) => ({ realizedPnl: toMoney(each, 'pnl') })),
        tradedValue: toMoney(traded, 'traded'),
      });
      for (const [field, value] of Object.entries(want)) {
        const own = got[field as keyof typeof got];
        assert.ok(near(own, value), `${field} must be ${value}, was ${own}`);
      }
    });
  }

  it('leaves out what cannot be computed', () => {
    const flat = curveOf(100, [
      [0, 100, 0, 5],
      [9e8, 100, 0, 5],
    ]);
    const got = performanceStatistics({ curve: flat, trades: [], tradedValue: 0n });
    const { sharpeRatio, sortinoRatio, calmarRatio, winRateFraction, profitFactor, averageWin, averageLoss } =
      got;
    for (const each of [
      sharpeRatio,
      sortinoRatio,
      calmarRatio,
      winRateFraction,
      profitFactor,
      averageWin,
      averageLoss,
    ])
      assert.equal(each, undefined);
    assert.equal(got.annualReturnFraction, 0);
  });

  it('has no returns of an account that is ruined', () => {
    const ruined = curveOf(100, [
      [0, 50, 1, 5],
      [9e8, -10, 1, 5],
    ]);
    const got = performanceStatistics({ curve: ruined, trades: [], tradedValue: 0n });
    assert.deepEqual([got.sharpeRatio, got.annualReturnFraction], [undefined, undefined]);
    assert.equal(got.maxDrawdownFraction, 1.1);
  });
});

describe('EquityCurve', () => {
  const curve = curveOf(
    100,
    Array.from({ length: 5000 }, (_, i) => [i, 100 + (i % 7), 0, 1]),
  );

  it('is thinned evenly, with its ends', () => {
    const points = curve.points(5).map(({ timestampMs }) => timestampMs);
    assert.deepEqual(points, [0, 1250, 2500, 3749, 4999]);
    assert.equal(curve.points().length, 5000);
    assert.deepEqual(curve.points(1)[0], curve.at(4999));
    assert.deepEqual(curve.points(0), []);
  });

  it('knows how far it is below its highest point', () => {
    assert.deepEqual(curve.at(7), {
      timestampMs: 7,
      equity: 100,
      drawdownFraction: 6 / 106,
      positionQuantity: 0,
      price: 1,
    });
  });
});
