import type { StrategyTick } from './strategy-types.ts';

const START_US = 1_640_995_200_000_000;
const TICK_US = 1_000_000;
const START_PRICE = 100;
const VOLATILITY = 0.002;
const TREND_TICKS = 120;
const TREND = 0.0015;

/**
 * Ticks that a strategy meets in a dry run: one per second, a random walk whose trend turns again and again, so that
 * averages cross and bands are left. The same for the same seed.
 */
export function syntheticTicks(count: number, seed: bigint): StrategyTick[] {
  let state = Number(BigInt.asUintN(32, seed ^ (seed >> 32n)));
  // Mulberry32.
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  let price = START_PRICE;
  return Array.from({ length: count }, (_, i) => {
    const trend = TREND * Math.sin((2 * Math.PI * i) / TREND_TICKS);
    price *= Math.exp(trend + VOLATILITY * (random() + random() - 1));
    const spread = price * 0.0001;
    return {
      timeUs: START_US + i * TICK_US,
      price,
      size: 0.01 + random(),
      bid: price - spread,
      ask: price + spread,
    };
  });
}
