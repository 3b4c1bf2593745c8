import type { Instrument } from '../broker/instrument.ts';
import type { Fill, Order } from '../broker/order.ts';
import type { OpenPosition } from '../broker/trading-account.ts';
import type { MarketTick } from '../market/market-tick.ts';
import type { StrategyNote } from './session-event.ts';
import type { StrategyAction } from './strategy-action.ts';

/** What a strategy sees of its runner, and how it acts. Valid within a callback. */
export interface StrategyContext {
  readonly instrument: Instrument;
  /** Exchange time of the last tick, milliseconds since the Unix epoch; 0 before the first. */
  readonly nowMs: number;
  readonly position: OpenPosition | undefined;
  /** Cash and open position together, at the last price. */
  readonly equity: number;
  readonly unrealizedPnl: number;
  /** Of what is closed, all fees subtracted. */
  readonly realizedPnl: number;
  readonly cash: number;
  /** Executions so far in this run; while it stays, nothing of the account changes but by the price. */
  readonly fillCount: number;
  /** The orders that can still fill, oldest first. */
  readonly openOrders: readonly Order[];
  /**
   * Carried out at once, so that `position` and `openOrders` show what became of it. Nonsense and what the risk gate
   * refuses are events and no errors.
   */
  act(action: StrategyAction): void;
  /** Tells what the strategy itself does: it is one of the events of the call. */
  note(note: StrategyNote): void;
}

/**
 * A strategy, in whichever language it is written. Each callback may throw: that is counted, and the strategy goes on
 * unless its runner stops at errors. It must not look at anything but what it is given, so that a run can be repeated.
 */
export interface Strategy {
  /** Before the first tick. */
  onStart?(ctx: StrategyContext): void;
  /** For every tick and quote, and for every bar where there is no `onBar`. */
  onTick?(tick: MarketTick, ctx: StrategyContext): void;
  onBar?(bar: MarketTick, ctx: StrategyContext): void;
  /** After every execution of an order of this strategy. */
  onFill?(fill: Fill, ctx: StrategyContext): void;
  /** At the end; orders that are still open are taken back afterwards. */
  onStop?(ctx: StrategyContext): void;
}
