import type { JsonObject } from '../../../runtime/json.ts';
import type { ExecutionOptions } from '../../broker/execution-options.ts';
import type { TradingLimits } from '../../risk/trading-limits.ts';

/** What a backtest runs on. */
export type BacktestSource =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Which column is what; empty goes by the columns' names. */
      readonly columns: Readonly<Record<string, string>>;
      /** Whether broken rows are left out and counted, instead of ending the run. */
      readonly skips: boolean;
    }
  | {
      readonly kind: 'synthetic';
      readonly seed: number;
      readonly ticks: number;
      readonly intervalMs: number;
      readonly initialPrice: number;
      readonly annualDrift: number;
      readonly annualVolatility: number;
      readonly jumpsPerYear: number;
    };

/** One backtest, complete: the same order gives the same report. Plain data, for another thread. */
export interface BacktestOrder {
  readonly code: string;
  readonly symbol: string;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly source: BacktestSource;
  /** Inclusive; absent begins with the data. */
  readonly startMs: number | undefined;
  /** Exclusive; absent ends with the data. */
  readonly endMs: number | undefined;
  readonly parameters: JsonObject;
  readonly seed: bigint;
  readonly windowSize: number;
  readonly execution: Partial<ExecutionOptions>;
  readonly limits: TradingLimits;
  /** Whether anything but the statistics is wanted. */
  readonly isWhole: boolean;
}

/** How far a backtest is. */
export interface BacktestAdvance {
  readonly ticksProcessed: number;
  readonly ticksTotal: number;
  /** Where in the data it is. */
  readonly dataMs: number;
  readonly equity: number;
}
