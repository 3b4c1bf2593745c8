import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type StrategyAccount,
  type StrategyOutcome,
  type StrategyTick,
  StrategyVm,
} from '../server/trading/lua/index.ts';
import { syntheticTicks } from '../server/trading/lua/synthetic-ticks.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { runBareLoop } from './support/bare-strategy-loop.ts';
import type { Benchmark } from './support/benchmark.ts';

const CODE = readFileSync(new URL('../examples/strategies/ema_crossover.lua', import.meta.url), 'utf8');
const WINDOW = 100;
const FAST = 12;
const SLOW = 26;
const FLAT: StrategyAccount = {
  side: 'Flat',
  quantity: 0,
  entryPrice: 0,
  unrealizedPnl: 0,
  realizedPnl: 0,
  cash: 0,
  equity: 0,
};

/** What the sandbox, the window and the host cost a strategy, beside the same strategy in a bare loop of the same VM. */
export const strategyVm: Benchmark = {
  name: 'strategy-vm',
  measures: `ema_crossover with a window of ${WINDOW}, orders filled at once, on one core`,
  async run({ quick }) {
    const ticks = syntheticTicks(quick ? 5000 : 200_000, 1n);
    const wanted = ordersOf(ticks);
    assert.ok(wanted > 10, `the ticks lead to orders, were ${wanted}`);
    const rate = ({ tookMs, orders }: { tookMs: number; orders: number }) => {
      assert.equal(orders, wanted);
      return (ticks.length / tookMs) * 1000;
    };
    const medians = await mediansOfRounds(quick ? 1 : 7, {
      single: () => rate(runOneByOne(ticks)),
      batch: () => rate(runInBatches(ticks)),
      bare: () => rate(runBareLoop(CODE, ticks, WINDOW)),
    });
    return [
      { name: 'one tick per call', value: medians.single, unit: 'ticks/s', target: { atLeast: 300_000 } },
      { name: 'up to 64 per call', value: medians.batch, unit: 'ticks/s', target: { atLeast: 300_000 } },
      { name: 'bare loop', value: medians.bare, unit: 'ticks/s' },
      { name: 'one : bare', value: medians.single / medians.bare, unit: '×', target: { atLeast: 0.25 } },
      { name: 'up to 64 : bare', value: medians.batch / medians.bare, unit: '×', target: { atLeast: 0.25 } },
    ];
  },
};

/** The rules of ema_crossover, in plain arithmetic. */
function ordersOf(ticks: readonly StrategyTick[]): number {
  let [fast, slow, isUp, isLong, orders] = [0, 0, undefined as boolean | undefined, false, 0];
  for (const [i, { price }] of ticks.entries()) {
    fast = i === 0 ? price : fast + (2 / (FAST + 1)) * (price - fast);
    slow = i === 0 ? price : slow + (2 / (SLOW + 1)) * (price - slow);
    if (i < SLOW - 1 || fast > slow === isUp) continue;
    const isFirst = isUp === undefined;
    isUp = fast > slow;
    if (isFirst || isUp === isLong) continue;
    isLong = isUp;
    orders++;
  }
  return orders;
}

function runOneByOne(ticks: readonly StrategyTick[]) {
  using vm = new StrategyVm({ code: CODE, windowSize: WINDOW });
  let orders = 0;
  const startedMs = performance.now();
  for (const tick of ticks) orders += carryOut(vm, vm.onTick(tick));
  return { tookMs: performance.now() - startedMs, orders };
}

function runInBatches(ticks: readonly StrategyTick[]) {
  using vm = new StrategyVm({ code: CODE, windowSize: WINDOW });
  let orders = 0;
  const startedMs = performance.now();
  for (let at = 0; at < ticks.length; ) {
    const outcome = vm.onTicks(ticks, at);
    at += outcome.consumed;
    orders += carryOut(vm, outcome);
  }
  return { tookMs: performance.now() - startedMs, orders };
}

/** Answers how many orders there were. */
function carryOut(vm: StrategyVm, { effects, error }: StrategyOutcome): number {
  assert.equal(error, undefined);
  let orders = 0;
  for (const effect of effects) {
    if (effect.kind === 'buy') vm.setAccount({ ...FLAT, side: 'Long', quantity: effect.quantity ?? 0 });
    else if (effect.kind === 'close') vm.setAccount(FLAT);
    else continue;
    orders++;
  }
  return orders;
}
