import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { EventLog } from '../server/runtime/events/event-log.ts';
import { Instrument } from '../server/trading/broker/instrument.ts';
import { syntheticTicks } from '../server/trading/lua/synthetic-ticks.ts';
import type { MarketTick } from '../server/trading/market/market-tick.ts';
import { EngineRisk } from '../server/trading/risk/engine-risk.ts';
import { Runner } from '../server/trading/runner/runner.ts';
import type { RunnerEvent } from '../server/trading/runner/runner-event.ts';
import { runnerPayload } from '../server/trading/service/runner-messages.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import { runBareLoop } from './support/bare-strategy-loop.ts';
import type { Benchmark } from './support/benchmark.ts';

const CODE = readFileSync(new URL('../examples/strategies/ema_crossover.lua', import.meta.url), 'utf8');
const WINDOW = 100;
const SPEC = { symbol: 'SIM:A', tickSize: 0.01, lotSize: 0.001 };
const TICKS_PER_TURN = 64;

/** What a runner makes of ticks on one core: window, Lua, orders, risk and account, and then its events as well. */
export const runnerRate: Benchmark = {
  name: 'runner-rate',
  measures: `ema_crossover in a runner, window of ${WINDOW}, on one core: alone, with its events recorded, and in a bare loop`,
  async run({ quick }) {
    const strategyTicks = syntheticTicks(quick ? 5000 : 200_000, 1n);
    const ticks = strategyTicks.map(({ timeUs, price, size }) => ({
      symbol: SPEC.symbol,
      timestampMs: timeUs / 1000,
      price,
      size,
    }));
    const rate = (tookMs: number) => (ticks.length / tookMs) * 1000;
    const medians = await mediansOfRounds(quick ? 1 : 7, {
      alone: () => rate(run(ticks, () => {})),
      recorded: () => rate(run(ticks, createRecorder())),
      bare: () => rate(runBareLoop(CODE, strategyTicks, WINDOW).tookMs),
    });
    const target = { atLeast: 300_000 };
    return [
      { name: 'runner', value: medians.alone, unit: 'ticks/s' },
      { name: 'runner and events, nobody listens', value: medians.recorded, unit: 'ticks/s', target },
      { name: 'bare loop', value: medians.bare, unit: 'ticks/s' },
      {
        name: 'runner and events : bare',
        value: medians.recorded / medians.bare,
        unit: '×',
        target: { atLeast: 0.25 },
      },
    ];
  },
};

/** Answers the milliseconds that the ticks took. */
function run(ticks: readonly MarketTick[], record: (events: readonly RunnerEvent[]) => void): number {
  const blueprint = {
    runnerId: 'r',
    instrument: SPEC,
    strategyName: 'ema_crossover',
    strategyVersion: 1,
    code: CODE,
    windowSize: WINDOW,
    parameters: {},
    stopOnError: true,
    logActions: false,
    execution: {},
    limits: {},
    seed: 0n,
    grantPatterns: false,
  };
  using runner = new Runner(blueprint, new EngineRisk());
  let pending: RunnerEvent[] = runner.start();
  const startedMs = performance.now();
  for (const [index, tick] of ticks.entries()) {
    pending.push(...runner.onTick(tick, 0));
    if ((index + 1) % TICKS_PER_TURN !== 0) continue;
    record(pending);
    pending = [];
  }
  record(pending);
  const tookMs = performance.now() - startedMs;
  const { ticksProcessed, ordersFilled, errors } = runner.view().figures;
  assert.deepEqual([ticksProcessed, errors], [ticks.length, 0]);
  assert.ok(ordersFilled > 10, `the ticks lead to orders, were ${ordersFilled}`);
  return tookMs;
}

/** What the runtime's thread does with the report of a lane, the copy between the threads included. */
function createRecorder(): (events: readonly RunnerEvent[]) => void {
  const log = new EventLog(() => 1);
  const identity = { runnerId: 'r', instrument: new Instrument(SPEC) };
  return (events) => {
    for (const event of structuredClone(events)) {
      const payload = runnerPayload(event, identity, undefined);
      if (payload !== undefined) log.emit(payload, { topic: 'runner:r' });
    }
    log.flush();
  };
}
