import assert from 'node:assert/strict';
import type { ExecutionReport } from '../../../server/trading/broker/execution-adapter.ts';
import {
  type ExecutionOptions,
  parseExecutionOptions,
} from '../../../server/trading/broker/execution-options.ts';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { moneyToNumber } from '../../../server/trading/broker/money.ts';
import type { OrderRequest } from '../../../server/trading/broker/order.ts';
import { PaperBroker } from '../../../server/trading/broker/paper-broker.ts';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';

const INSTRUMENT = new Instrument({ symbol: 'A', tickSize: 0.1, lotSize: 0.01 });

const request = (given: Partial<OrderRequest> = {}): OrderRequest => ({
  orderId: 'o1',
  side: 'Buy',
  type: 'Market',
  lots: 100,
  limitTicks: undefined,
  stopTicks: undefined,
  reason: '',
  ...given,
});
const tick = (timestampMs: number, price: number, more: Partial<MarketTick> = {}): MarketTick => ({
  symbol: 'A',
  timestampMs,
  price,
  size: 0,
  ...more,
});
const bar = (timestampMs: number, open: number, high: number, low: number, close: number): MarketTick =>
  tick(timestampMs, close, { open, high, low, close });

const start = (options: Partial<ExecutionOptions> = {}): PaperBroker =>
  new PaperBroker(INSTRUMENT, parseExecutionOptions(options));

/** The reports in short: what happened, when, and of a fill at which price and how much. */
function short(reports: readonly ExecutionReport[]): unknown[] {
  return reports.map((report) => {
    if (report.kind !== 'filled') return `${report.kind} ${report.orderId} at ${report.timeMs}`;
    const { orderId, ticks, lots, liquidity, timeMs } = report.fill;
    return `${liquidity} ${orderId} ${lots} lots for ${INSTRUMENT.priceOf(ticks)} at ${timeMs}`;
  });
}

describe('PaperBroker', () => {
  it('fills a market order at once, at the last price', () => {
    const broker = start();
    broker.onTick(tick(5, 20));
    broker.submit(request(), 5);
    assert.deepEqual(short(broker.takeReports()), ['accepted o1 at 5', 'Taker o1 100 lots for 20 at 5']);
    assert.deepEqual(broker.takeReports(), []);
  });

  it('buys at the ask and sells at the bid', () => {
    const broker = start();
    broker.onTick(tick(5, 20, { bid: 19.9, ask: 20.1 }));
    broker.submit(request(), 5);
    broker.submit(request({ orderId: 'o2', side: 'Sell' }), 5);
    assert.deepEqual(
      broker.takeReports().flatMap((report) => (report.kind === 'filled' ? [report.fill.ticks] : [])),
      [201, 199],
    );
  });

  it('keeps an order until there is a market', () => {
    const broker = start();
    broker.submit(request(), 1);
    assert.deepEqual(short(broker.takeReports()), ['accepted o1 at 1']);
    broker.onTick(tick(2, 20));
    assert.deepEqual(short(broker.takeReports()), ['Taker o1 100 lots for 20 at 2']);
  });

  it('takes a bar that is over at its close, and one to come from its open', () => {
    const broker = start();
    broker.onTick(bar(60, 10, 12, 8, 11));
    broker.submit(request({ type: 'Limit', limitTicks: 80 }), 60);
    broker.submit(request({ orderId: 'o2', type: 'Stop', stopTicks: 115 }), 60);
    assert.deepEqual(short(broker.takeReports()), ['accepted o1 at 60', 'accepted o2 at 60']);
    broker.onTick(bar(120, 11, 12, 8, 9));
    assert.deepEqual(short(broker.takeReports()), [
      'Maker o1 100 lots for 8 at 120',
      'Taker o2 100 lots for 11.5 at 120',
    ]);
  });

  it('lets an order arrive after the latency', () => {
    const broker = start({ latencyMs: 50 });
    broker.onTick(tick(100, 20));
    broker.submit(request(), 100);
    broker.onTick(tick(149, 21));
    assert.deepEqual(broker.takeReports(), []);
    broker.onTick(tick(150, 22));
    assert.deepEqual(short(broker.takeReports()), ['accepted o1 at 150', 'Taker o1 100 lots for 22 at 150']);
  });

  it('lets a cancel arrive after the latency, and a fill come first', () => {
    const broker = start({ latencyMs: 50 });
    broker.submit(request({ type: 'Limit', limitTicks: 100 }), 0);
    broker.submit(request({ orderId: 'o2', type: 'Limit', limitTicks: 90 }), 0);
    broker.onTick(tick(60, 20));
    broker.cancel('o1', 'late', 60);
    broker.cancel('o2', 'in time', 60);
    broker.onTick(tick(100, 10));
    broker.onTick(tick(120, 5));
    assert.deepEqual(short(broker.takeReports()), [
      'accepted o1 at 50',
      'accepted o2 at 50',
      'Maker o1 100 lots for 10 at 100',
      'canceled o2 at 110',
    ]);
  });

  it('takes an order back at once without latency, and passes over what is not open', () => {
    const broker = start();
    broker.submit(request({ type: 'Limit', limitTicks: 100 }), 0);
    broker.cancel('o1', 'enough', 1);
    broker.cancel('o1', 'again', 2);
    broker.cancel('o7', 'unknown', 2);
    broker.onTick(tick(3, 5));
    assert.deepEqual(short(broker.takeReports()), ['accepted o1 at 0', 'canceled o1 at 1']);
  });

  it('fills as much as the market has, and the rest later', () => {
    const broker = start({ maxFillFraction: 0.5 });
    broker.onTick(tick(1, 20, { size: 0.6 }));
    broker.submit(request(), 1);
    broker.onTick(tick(2, 21, { size: 0.01 }));
    broker.onTick(tick(3, 22, { size: 0.5 }));
    broker.onTick(bar(4, 23, 24, 22, 23));
    assert.deepEqual(short(broker.takeReports()), [
      'accepted o1 at 1',
      'Taker o1 30 lots for 20 at 1',
      'Taker o1 25 lots for 22 at 3',
      'Taker o1 45 lots for 23 at 4',
    ]);
  });

  it('fills an order of a market that is too large to be counted in lots', () => {
    const broker = start();
    broker.onTick(tick(1, 20, { size: 1e300 }));
    broker.submit(request(), 1);
    assert.deepEqual(short(broker.takeReports()).at(-1), 'Taker o1 100 lots for 20 at 1');
  });

  it('counts the volume of a bar as its size', () => {
    const broker = start();
    broker.submit(request(), 0);
    broker.onTick({ ...bar(60, 20, 21, 19, 20), volume: 0.4 });
    assert.deepEqual(short(broker.takeReports()).at(-1), 'Taker o1 40 lots for 20 at 60');
  });

  for (const { name, given, want } of [
    { name: 'a purchase', given: {}, want: 20.1 },
    { name: 'a sale', given: { side: 'Sell' }, want: 19.9 },
    { name: 'a purchase up to its limit', given: { type: 'Limit', limitTicks: 200 }, want: 20 },
    { name: 'a sale down to its limit', given: { side: 'Sell', type: 'Limit', limitTicks: 200 }, want: 20 },
  ] as const) {
    it(`makes ${name} dearer by the slippage, to the next tick`, () => {
      const broker = start({ slippageBps: 25 });
      broker.onTick(tick(1, 20));
      broker.submit(request(given), 1);
      const [, report] = broker.takeReports();
      assert.ok(report?.kind === 'filled');
      assert.equal(INSTRUMENT.priceOf(report.fill.ticks), want);
    });
  }

  it('takes one fee from who waits and another from who does not', () => {
    const broker = start({ makerFeeBps: -1, takerFeeBps: 7.5 });
    broker.onTick(tick(1, 20));
    broker.submit(request(), 1);
    broker.submit(request({ orderId: 'o2', type: 'Limit', limitTicks: 100 }), 1);
    broker.onTick(tick(2, 10));
    const fees = broker
      .takeReports()
      .flatMap((report) => (report.kind === 'filled' ? [moneyToNumber(report.fill.fee)] : []));
    assert.deepEqual(fees, [0.015, -0.001]);
  });

  for (const [name, path] of [
    ['initialCash', 'execution.initial_cash'],
    ['slippageBps', 'execution.slippage_bps'],
    ['latencyMs', 'execution.latency_ms'],
    ['maxFillFraction', 'execution.max_fill_fraction'],
  ] as const) {
    it(`refuses a ${name} that is out of its range`, () => {
      assert.throws(() => parseExecutionOptions({ [name]: -1 }), { code: 'FIELD_INVALID', path });
      assert.throws(() => parseExecutionOptions({ [name]: Number.NaN }), { code: 'FIELD_INVALID', path });
    });
  }
});
