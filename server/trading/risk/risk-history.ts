import { type Money, moneyToNumber } from '../broker/money.ts';
import { OrderTimes } from './order-times.ts';

const DAY_MS = 86_400_000;

/** What the risk gate needs to know of the past of one runner, or of all together. */
export interface RiskFigures {
  readonly ordersInLastMinute: number;
  /** Realized and unrealized since 00:00 UTC. */
  readonly dailyPnl: Money;
  /** How far the equity is below its highest point, 0 to 1. */
  readonly drawdownFraction: number;
  /** The highest equity so far. */
  readonly peakEquity: Money;
}

/** What a history must not forget. */
export interface RiskHistoryState {
  readonly equity: Money;
  readonly peak: Money;
  readonly dayStart: Money;
  readonly day: number | undefined;
  /** Of the last minute, oldest first. */
  readonly orderTimes: readonly number[];
}

/**
 * Follows the equity and the orders of one runner in engine time. Nothing in it reads a clock; time that goes backwards is
 * taken for the latest time seen.
 */
export class RiskHistory {
  #equity: Money;
  #peak: Money;
  #dayStart: Money;
  #day: number | undefined;
  #latestMs = Number.NEGATIVE_INFINITY;
  readonly #orders = new OrderTimes();

  constructor(initialEquity: Money) {
    this.#equity = initialEquity;
    this.#peak = initialEquity;
    this.#dayStart = initialEquity;
  }

  get equity(): Money {
    return this.#equity;
  }

  /** The equity as of a time. The first one of a day ends the day before it. */
  onEquity(timeMs: number, equity: Money): void {
    this.#advance(timeMs);
    this.#equity = equity;
    if (equity > this.#peak) this.#peak = equity;
  }

  onOrder(timeMs: number): void {
    this.#advance(timeMs);
    this.#orders.add(this.#latestMs);
  }

  /** As of a time, or of the latest seen where that is later. */
  figures(timeMs: number): RiskFigures {
    this.#advance(timeMs);
    return {
      ordersInLastMinute: this.#orders.countAt(this.#latestMs),
      dailyPnl: this.#equity - this.#dayStart,
      drawdownFraction: fallFraction(this.#peak, this.#equity),
      peakEquity: this.#peak,
    };
  }

  state(): RiskHistoryState {
    const orderTimes = this.#orders.times;
    return { equity: this.#equity, peak: this.#peak, dayStart: this.#dayStart, day: this.#day, orderTimes };
  }

  goOn({ equity, peak, dayStart, day, orderTimes }: RiskHistoryState): void {
    this.#equity = equity;
    this.#peak = peak;
    this.#dayStart = dayStart;
    this.#day = day;
    this.#orders.goOn(orderTimes);
  }

  #advance(timeMs: number): void {
    if (timeMs <= this.#latestMs) return;
    this.#latestMs = timeMs;
    const day = Math.floor(timeMs / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#dayStart = this.#equity;
  }
}

/** The share of the highest point that is gone; 0 where there was nothing to lose. */
export function fallFraction(peak: Money, equity: Money): number {
  if (peak <= 0n || equity >= peak) return 0;
  return moneyToNumber(peak - equity) / moneyToNumber(peak);
}
