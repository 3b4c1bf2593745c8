import type { ErrorReason } from '../../runtime/errors.ts';
import type { MarketTick } from '../market/market-tick.ts';
import type { SessionEvent, StrategyNote } from '../session/session-event.ts';

/** Something went wrong in a runner. Plain data, unlike what was thrown. */
export interface RunnerFault {
  readonly kind: 'RunnerFault';
  readonly message: string;
  /** A reason of docs/errors.md. */
  readonly code: ErrorReason;
  /** In the strategy's code, from 1; 0 where it was not there. */
  readonly line: number;
  /** `critical`: the runner cannot go on. */
  readonly severity: 'warning' | 'error' | 'critical';
}

/** What a runner tells, in the order in which it happened. Plain data that goes from its lane to the runtime's thread. */
export type RunnerEvent =
  | { readonly kind: 'TickReceived'; readonly tick: MarketTick }
  | Exclude<SessionEvent, { readonly kind: 'ActionInvalid' }>
  | StrategyNote
  | RunnerFault;
