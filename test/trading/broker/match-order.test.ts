import assert from 'node:assert/strict';
import {
  type MatchableOrder,
  matchOrder,
  type OrderMatch,
} from '../../../server/trading/broker/match-order.ts';

const order = (given: Partial<MatchableOrder>): MatchableOrder => ({
  side: 'Buy',
  type: 'Market',
  limitTicks: undefined,
  stopTicks: undefined,
  triggered: false,
  fresh: false,
  ...given,
});
const taker = (ticks: number): OrderMatch => ({ kind: 'fills', ticks, liquidity: 'Taker' });
const maker = (ticks: number): OrderMatch => ({ kind: 'fills', ticks, liquidity: 'Maker' });
const SPAN = { first: 100, high: 110, low: 90 };

describe('matchOrder', () => {
  for (const { name, given, want } of [
    { name: 'a market order takes the first price', given: {}, want: taker(100) },
    {
      name: 'a limit that arrives above the market takes the market',
      given: { type: 'Limit', limitTicks: 105, fresh: true },
      want: taker(100),
    },
    {
      name: 'a limit that waits takes its own price, whatever the market jumped to',
      given: { type: 'Limit', limitTicks: 105 },
      want: maker(105),
    },
    {
      name: 'a limit that the low reaches fills at the limit',
      given: { type: 'Limit', limitTicks: 90, fresh: true },
      want: maker(90),
    },
    {
      name: 'a limit below the low waits',
      given: { type: 'Limit', limitTicks: 89 },
      want: { kind: 'waits' },
    },
    {
      name: 'a limit to sell that the high reaches fills at the limit',
      given: { side: 'Sell', type: 'Limit', limitTicks: 110 },
      want: maker(110),
    },
    {
      name: 'a limit to sell above the high waits',
      given: { side: 'Sell', type: 'Limit', limitTicks: 111, fresh: true },
      want: { kind: 'waits' },
    },
    {
      name: 'a limit to sell that arrives below the market takes the market',
      given: { side: 'Sell', type: 'Limit', limitTicks: 95, fresh: true },
      want: taker(100),
    },
    {
      name: 'a stop that the high reaches takes its own price',
      given: { type: 'Stop', stopTicks: 104 },
      want: taker(104),
    },
    {
      name: 'a stop that the market begins beyond takes the first price',
      given: { type: 'Stop', stopTicks: 95 },
      want: taker(100),
    },
    { name: 'a stop above the high waits', given: { type: 'Stop', stopTicks: 111 }, want: { kind: 'waits' } },
    {
      name: 'a stop to sell that the low reaches takes its own price',
      given: { side: 'Sell', type: 'Stop', stopTicks: 92 },
      want: taker(92),
    },
    {
      name: 'a stop to sell below the low waits',
      given: { side: 'Sell', type: 'Stop', stopTicks: 89 },
      want: { kind: 'waits' },
    },
    {
      name: 'what is left of a stop takes the first price',
      given: { type: 'Stop', stopTicks: 200, triggered: true },
      want: taker(100),
    },
    {
      name: 'a stop with a limit takes the stop where the limit allows it',
      given: { type: 'StopLimit', stopTicks: 104, limitTicks: 106 },
      want: taker(104),
    },
    {
      name: 'a stop with a limit that the market jumped over only triggers',
      given: { type: 'StopLimit', stopTicks: 95, limitTicks: 98 },
      want: { kind: 'triggered' },
    },
    {
      name: 'a triggered stop with a limit is a limit',
      given: { type: 'StopLimit', stopTicks: 200, limitTicks: 98, triggered: true },
      want: maker(98),
    },
  ] as const) {
    it(name, () => assert.deepEqual(matchOrder(order(given), SPAN), want));
  }
});
