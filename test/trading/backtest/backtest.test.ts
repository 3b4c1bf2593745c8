import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { marketSample } from '../../../scripts/market-sample.ts';
import { Backtest, type BacktestOptions } from '../../../server/trading/backtest/backtest.ts';
import type { BacktestReport } from '../../../server/trading/backtest/backtest-report.ts';
import { moneyToNumber } from '../../../server/trading/broker/money.ts';
import { CsvMarketReader } from '../../../server/trading/feeds/csv-market-reader.ts';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import type { Strategy } from '../../../server/trading/session/strategy.ts';
import wants from './ema-cross.json' with { type: 'json' };
import { EmaCross } from './ema-cross.ts';

const SAMPLE = fileURLToPath(new URL('../../../examples/data/btcusdt-1m.csv.gz', import.meta.url));

/** The bars that NumPy was shown as well; the real month only where its file is at hand, named by this variable. */
const RECORDINGS = [
  { name: 'the sample', path: SAMPLE, want: wants.sample },
  { name: 'a real month', path: process.env.STREAMLIB_BTC_BARS, want: wants['btc-perp-1m-2022-01'] },
].flatMap(({ path, ...each }) => (path === undefined ? [] : [{ ...each, path }]));

async function readTicks(path: string): Promise<MarketTick[]> {
  const log = { warn: () => {} };
  const choice = { columns: {}, symbol: 'BTCUSDT', timestampUnit: 'iso' } as const;
  const reader = new CsvMarketReader({ path, delimiter: ',', skips: false, log, ...choice });
  await reader.open();
  const ticks: MarketTick[] = [];
  for (let some = await reader.read(); some !== undefined; some = await reader.read()) ticks.push(...some);
  await reader.close();
  return ticks;
}

const OPTIONS: BacktestOptions = {
  instrument: { symbol: 'BTCUSDT', tickSize: 0.5, lotSize: 0.001 },
  execution: { takerFeeBps: 5 },
};
const emaCross = (): Strategy => new EmaCross({ fast: 10, slow: 20, quantity: 0.1 });

function run(
  strategy: Strategy,
  ticks: readonly MarketTick[],
  options = OPTIONS,
  pieces = 1,
): BacktestReport {
  const backtest = new Backtest(strategy, options);
  const size = Math.ceil(ticks.length / pieces);
  for (let at = 0; at < ticks.length; at += size) backtest.take(ticks.slice(at, at + size));
  return backtest.finish();
}

const near = (got: number, want: number): void =>
  assert.ok(Math.abs(got - want) <= 1e-6, `must be ${want}, was ${got}`);

describe('Backtest', () => {
  let sample: MarketTick[];
  before(async () => {
    sample = await readTicks(SAMPLE);
  });

  it('has the sample that its script makes', async () => {
    assert.equal(gunzipSync(readFileSync(SAMPLE)).toString(), await marketSample());
  });

  for (const { name, path, want } of RECORDINGS) {
    it(`makes the trades of an EMA cross that NumPy makes, on ${name}`, async () => {
      const { statistics, trades, fills, ticks } = run(emaCross(), await readTicks(path));
      assert.equal(statistics.ticksProcessed, want.bars);
      assert.equal(statistics.tradeCount, want.trades);
      assert.equal(fills.length, want.fills);
      near(statistics.feesPaid, want.fees);
      near(statistics.finalEquity, want.finalEquity);
      assert.equal(trades.filter(({ exitMs }) => exitMs !== undefined).length, want.trades);
      assert.deepEqual(ticks, { gaps: 0, outOfOrder: 0, duplicates: 0, invalid: 0 });
    });
  }

  it('gives the same report for the same ticks, in whichever pieces they come', () => {
    const [one, other] = [1, 77].map((pieces) => run(emaCross(), sample, OPTIONS, pieces));
    assert.equal(one?.digestSha256, other?.digestSha256);
    assert.deepEqual(one, other);
  });

  it('has another digest where anything else comes out', () => {
    const dearer = { ...OPTIONS, execution: { takerFeeBps: 5.1 } };
    assert.notEqual(run(emaCross(), sample).digestSha256, run(emaCross(), sample, dearer).digestSha256);
  });

  it('adds trades up to what the account has', () => {
    const { statistics, trades } = run(emaCross(), sample);
    const total = trades.reduce((sum, { realizedPnl }) => sum + realizedPnl, 0n);
    near(moneyToNumber(total), statistics.finalEquity - statistics.initialEquity);
    near(
      statistics.realizedPnl + statistics.unrealizedPnl,
      statistics.finalEquity - statistics.initialEquity,
    );
  });

  const ticks = [10, 11, 12, 13, 14].map((price, i) => ({
    symbol: 'A',
    timestampMs: i * 1000,
    price,
    size: 0,
  }));
  const small: BacktestOptions = { instrument: { symbol: 'A' }, execution: { initialCash: 100 } };

  it('shows fills to the strategy, and carries out what it answers', () => {
    const seen: string[] = [];
    const { trades, fills } = run(
      {
        onStart: (ctx) => seen.push(`start with ${ctx.equity}`),
        onTick({ price }, ctx) {
          if (price === 11) ctx.act({ kind: 'Buy', quantity: 1 });
        },
        onFill({ side }, ctx) {
          seen.push(`${side} at ${ctx.nowMs}, holding ${ctx.position?.lots ?? 0}`);
          if (side === 'Buy') ctx.act({ kind: 'Sell', quantity: 1, limitPrice: 12.5 });
        },
        onStop: (ctx) => seen.push(`stop with ${ctx.equity}`),
      },
      ticks,
      small,
    );
    assert.deepEqual(seen, [
      'start with 100',
      'Buy at 1000, holding 100000000',
      'Sell at 3000, holding 0',
      'stop with 101.5',
    ]);
    assert.equal(fills.length, 2);
    const [trade] = trades;
    assert.deepEqual([trade?.entryPrice, trade?.exitPrice, trade?.returnFraction], [11, 12.5, 1.5 / 11]);
  });

  it('goes on after a callback that throws, and counts it', () => {
    const strategy: Strategy = {
      onTick({ price }, ctx) {
        if (price === 12) throw new Error('no');
        ctx.act({ kind: 'Buy', quantity: price === 13 ? Number.NaN : 1 });
      },
    };
    const { statistics } = run(strategy, ticks, small);
    assert.deepEqual([statistics.errors, statistics.fillCount], [2, 3]);
  });

  it('stops a strategy that buys at each of its fills without end', () => {
    const strategy: Strategy = {
      onTick: (_, ctx) => ctx.act({ kind: 'Buy', quantity: 1 }),
      onFill: (_, ctx) => ctx.act({ kind: 'Buy', quantity: 1 }),
    };
    const { statistics } = run(strategy, ticks, small);
    assert.equal(statistics.fillCount, 5 * 1000);
    assert.equal(statistics.errors, 5);
  });

  it('leaves out ticks of other symbols and irregular ones, and counts these', () => {
    const [first, second, third] = ticks as [MarketTick, MarketTick, MarketTick];
    const seen: number[] = [];
    const given = [first, { ...second, symbol: 'B' }, third, second, third, { ...third, price: Number.NaN }];
    const { ticks: counts } = run({ onTick: ({ price }) => seen.push(price) }, given, small);
    assert.deepEqual(seen, [10, 12]);
    assert.deepEqual(counts, { gaps: 0, outOfOrder: 1, duplicates: 1, invalid: 1 });
  });

  it('holds orders to the limits', () => {
    const { orders } = run({ onTick: (_, ctx) => ctx.act({ kind: 'Buy', quantity: 1 }) }, ticks, {
      ...small,
      limits: { maxPositionQuantity: 2 },
    });
    assert.deepEqual(
      orders.map(({ state }) => state),
      ['Filled', 'Filled', 'Rejected', 'Rejected', 'Rejected'],
    );
  });

  it('takes open orders back at the end and shows the open trade at the last price', () => {
    const { orders, trades, statistics } = run(
      {
        onTick({ price }, ctx) {
          if (price !== 11) return;
          ctx.act({ kind: 'Sell', quantity: 2 });
          ctx.act({ kind: 'Buy', quantity: 1, limitPrice: 1 });
        },
      },
      ticks,
      small,
    );
    assert.deepEqual(
      orders.map(({ state }) => state),
      ['Filled', 'Canceled'],
    );
    const [trade] = trades;
    assert.deepEqual([trade?.side, trade?.exitMs, trade?.exitPrice], ['Short', undefined, 14]);
    assert.equal(moneyToNumber(trade?.realizedPnl ?? 0n), -6);
    assert.equal(moneyToNumber(trade?.maxAdversePnl ?? 0n), -6);
    assert.deepEqual([statistics.tradeCount, statistics.unrealizedPnl], [0, -6]);
  });

  it('has a report without ticks', () => {
    const { statistics, curve } = run({}, [], small);
    assert.equal(curve.length, 0);
    assert.deepEqual(
      [statistics.finalEquity, statistics.sharpeRatio, statistics.startMs],
      [100, undefined, undefined],
    );
  });
});
