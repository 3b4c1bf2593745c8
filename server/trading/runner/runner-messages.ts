import type { StrategyTick } from '../lua/strategy-types.ts';
import type { EngineMode } from '../risk/engine-mode.ts';
import type { RunnerStand } from '../risk/engine-risk.ts';
import type { TradingLimits } from '../risk/trading-limits.ts';
import type { RunnerView } from './runner.ts';
import type { RunnerEvent } from './runner-event.ts';

/* What the runtime's thread and the lanes of runners tell each other: plain data, in batches. */

/** What the engine lets runners do. */
export interface EngineOrders {
  readonly mode: EngineMode;
  /** Of all runners together. */
  readonly limits: TradingLimits;
}

/** What a runner that begins is told. */
export interface RunnerWelcome {
  readonly engine: EngineOrders;
  readonly peers: RunnerStand;
}

/** What a runner is to do. */
export type RunnerOrder =
  | { readonly order: 'view'; readonly questionId: number }
  | { readonly order: 'history'; readonly questionId: number; readonly count: number }
  | { readonly order: 'engine'; readonly engine: EngineOrders }
  /** How the runners of all other lanes stand. */
  | { readonly order: 'peers'; readonly peers: RunnerStand };

/** What a runner answers. */
export type RunnerAnswer =
  | { readonly answer: 'view'; readonly questionId: number; readonly view: RunnerView }
  | { readonly answer: 'history'; readonly questionId: number; readonly ticks: readonly StrategyTick[] };

/** What a runner has to tell since the last report, in order; answers belong behind the events. */
export interface RunnerReport {
  readonly key: string;
  readonly events: RunnerEvent[];
  readonly answers: RunnerAnswer[];
  /** As of the last event; where the engine has limits for all together. */
  stand?: RunnerStand;
  /** The runner leaves its lane: what it was at the end. */
  last?: RunnerRemains;
}

/** What can still be looked at when a runner is in no lane. */
export interface RunnerRemains {
  readonly view: RunnerView;
  readonly ticks: readonly StrategyTick[];
}
