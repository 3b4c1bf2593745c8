import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreamlibError } from '../../../runtime/errors.ts';
import { LuaError } from '../../lua/lua-error.ts';
import { LuaStrategy } from '../../session/lua-strategy.ts';
import { Backtest } from '../backtest.ts';
import type { BacktestReport } from '../backtest-report.ts';
import type { BacktestAdvance, BacktestOrder } from './backtest-order.ts';
import { ticksOf } from './backtest-ticks.ts';

/** Ticks between two turns of the event loop. */
const TICKS_PER_TURN = 4096;

/** What came out, and how many rows of the data were left out. */
export interface BacktestOutcome {
  readonly report: BacktestReport;
  readonly rowsSkipped: number;
}

/**
 * Runs one backtest on this thread and tells how far it is every few thousand ticks. Throws STRATEGY_INVALID for code
 * that does not load, with `line`, FIELD_INVALID for settings that cannot be, and what reading the data throws.
 */
export async function runBacktest(
  order: BacktestOrder,
  onAdvance: (advance: BacktestAdvance) => void = () => {},
): Promise<BacktestOutcome> {
  const { ticks: all, rowsSkipped } = await ticksOf(order);
  const { startMs = Number.NEGATIVE_INFINITY, endMs = Number.POSITIVE_INFINITY } = order;
  const ticks = all.filter(({ timestampMs }) => timestampMs >= startMs && timestampMs < endMs);
  using strategy = loadStrategy(order);
  const { symbol, tickSize, lotSize, execution, limits } = order;
  const backtest = new Backtest(strategy, { instrument: { symbol, tickSize, lotSize }, execution, limits });
  for (let at = 0; at < ticks.length; at += TICKS_PER_TURN) {
    const some = ticks.slice(at, at + TICKS_PER_TURN);
    backtest.take(some);
    onAdvance({
      ticksProcessed: at + some.length,
      ticksTotal: ticks.length,
      dataMs: some.at(-1)?.timestampMs ?? 0,
      equity: backtest.equity,
    });
    await nextTurn();
  }
  return { report: backtest.finish(), rowsSkipped };
}

function loadStrategy({ code, symbol, parameters, seed, windowSize }: BacktestOrder): LuaStrategy {
  try {
    return new LuaStrategy({ code, symbol, parameters, seed, windowSize });
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    const text = `the strategy must load, ${error.code} in line ${error.line}: ${error.message}`;
    throw new StreamlibError('STRATEGY_INVALID', text, {
      path: 'spec.strategy_code',
      details: { line: String(error.line) },
    });
  }
}
