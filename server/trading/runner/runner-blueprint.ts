import type { JsonObject } from '../../runtime/json.ts';
import type { ExecutionOptions } from '../broker/execution-options.ts';
import type { InstrumentSpec } from '../broker/instrument.ts';
import type { TradingLimits } from '../risk/trading-limits.ts';

/** Everything that a runner is made of. Plain data: it is the config of its processor. */
export interface RunnerBlueprint {
  readonly runnerId: string;
  readonly instrument: InstrumentSpec;
  readonly strategyName: string;
  readonly strategyVersion: number;
  /** Lua. It stands here whole, so that a runner goes on with its version whatever becomes of the strategy. */
  readonly code: string;
  /** Ticks or bars, 1 to 1,000,000. */
  readonly windowSize: number;
  readonly parameters: JsonObject;
  readonly stopOnError: boolean;
  readonly logActions: boolean;
  readonly execution: Partial<ExecutionOptions>;
  readonly limits: TradingLimits;
  readonly seed: bigint;
  /** Whether it has the functions of `string` that no budget interrupts. */
  readonly grantPatterns: boolean;
}
