import assert from 'node:assert/strict';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import { TickMonitor } from '../../../server/trading/market/tick-monitor.ts';

const tick = (timestampMs: number, price = 100, more: Partial<MarketTick> = {}): MarketTick => ({
  symbol: 'A',
  timestampMs,
  price,
  size: 1,
  ...more,
});
const bar = (minute: number, price = 100): MarketTick =>
  tick(minute * 60_000, price, { open: price, high: price + 1, low: price - 1, close: price });

describe('TickMonitor', () => {
  for (const { name, ticks, gapAfterMs = 0, want } of [
    {
      name: 'ticks in order',
      ticks: [tick(1), tick(2), tick(5000)],
      want: ['regular', 'regular', 'regular'],
    },
    {
      name: 'a tick that comes late',
      ticks: [tick(2), tick(1), tick(3)],
      want: ['regular', 'out_of_order', 'regular'],
    },
    { name: 'a tick that comes twice', ticks: [tick(1), tick(1)], want: ['regular', 'duplicate'] },
    { name: 'two trades at one time', ticks: [tick(1), tick(1, 101)], want: ['regular', 'regular'] },
    { name: 'another bar of the same time', ticks: [bar(1), bar(1, 101)], want: ['regular', 'duplicate'] },
    {
      name: 'a bar that is missing',
      ticks: [bar(1), bar(2), bar(4), bar(5)],
      want: ['regular', 'regular', 'gap', 'regular'],
    },
    {
      name: 'a silence that is too long',
      ticks: [tick(0), tick(1000), tick(2001)],
      gapAfterMs: 1000,
      want: ['regular', 'regular', 'gap'],
    },
    {
      name: 'prices that are none',
      ticks: [tick(1, Number.NaN), tick(2, 0), tick(3, -1), tick(4, Number.POSITIVE_INFINITY)],
      want: ['invalid', 'invalid', 'invalid', 'invalid'],
    },
    {
      name: 'other numbers that are none',
      ticks: [
        tick(Number.NaN),
        tick(1, 1, { size: -1 }),
        tick(1, 1, { bid: 0 }),
        tick(1, 1, { high: 1, low: 2 }),
        tick(1, 1, { volume: Number.NaN }),
      ],
      want: ['invalid', 'invalid', 'invalid', 'invalid', 'invalid'],
    },
  ] as const) {
    it(`tells ${name}`, () => {
      const monitor = new TickMonitor(gapAfterMs);
      assert.deepEqual(
        ticks.map((each) => monitor.judge(each)),
        want,
      );
    });
  }

  it('counts each symbol by itself and keeps its newest tick', () => {
    const monitor = new TickMonitor(100);
    const newest = tick(300);
    for (const each of [tick(100), { ...tick(50), symbol: 'B' }, newest, tick(200), newest, tick(400, 0)])
      monitor.judge(each);
    assert.deepEqual(monitor.symbols, ['A', 'B']);
    assert.deepEqual(monitor.counts('A'), { ticks: 2, gaps: 1, outOfOrder: 1, duplicates: 1, invalid: 1 });
    assert.deepEqual(monitor.counts('B'), { ticks: 1, gaps: 0, outOfOrder: 0, duplicates: 0, invalid: 0 });
    assert.equal(monitor.last('A'), newest);
    assert.equal(monitor.counts('C').ticks, 0);
  });
});
