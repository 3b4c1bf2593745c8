import type { Fill, Order } from '../broker/order.ts';
import type { TickCounts } from '../market/tick-monitor.ts';
import type { EquityCurve } from '../results/equity-curve.ts';
import type { PerformanceStatistics } from '../results/performance-statistics.ts';
import type { Trade } from '../results/trade-log.ts';

/** The figures of the results, and what was counted on the way. */
export interface BacktestStatistics extends PerformanceStatistics {
  readonly feesPaid: number;
  /** Of what is closed, all fees subtracted. */
  readonly realizedPnl: number;
  /** Of what is open at the end. */
  readonly unrealizedPnl: number;
  /** Those that the risk gate refused as well. */
  readonly orderCount: number;
  readonly fillCount: number;
  readonly ticksProcessed: number;
  /** Callbacks that threw, and actions that were nonsense. */
  readonly errors: number;
}

/** What came out of a backtest. */
export interface BacktestReport {
  readonly statistics: BacktestStatistics;
  /** In order of their exits; one that is still open comes last. */
  readonly trades: readonly Trade[];
  readonly curve: EquityCurve;
  /** In order of their submission, as they were at the end. */
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  /** What was irregular about the data. */
  readonly ticks: Omit<TickCounts, 'ticks'>;
  /** Over orders, fills and equity, in hexadecimal digits: equal runs have equal digests. */
  readonly digestSha256: string;
}
