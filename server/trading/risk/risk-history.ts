import { type Money, moneyToNumber } from '../broker/money.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

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
 * Follows the equity and the orders of one runner, or of all together, in engine time. Nothing in it reads a clock; time
 * that goes backwards is taken for the latest time seen.
 */
export class RiskHistory {
  #equity: Money;
  #peak: Money;
  #dayStart: Money;
  #day: number | undefined;
  #latestMs = Number.NEGATIVE_INFINITY;
  /** Times of orders, oldest first; those before `#firstOrder` are over a minute old. */
  #orderTimes: number[] = [];
  #firstOrder = 0;

  constructor(initialEquity: Money) {
    this.#equity = initialEquity;
    this.#peak = initialEquity;
    this.#dayStart = initialEquity;
  }

  /** The equity as of a time. The first one of a day ends the day before it. */
  onEquity(timeMs: number, equity: Money): void {
    this.#advance(timeMs);
    this.#equity = equity;
    if (equity > this.#peak) this.#peak = equity;
  }

  /** Cash that comes in, or goes where it is negative: neither profit nor loss. */
  deposit(amount: Money): void {
    this.#equity += amount;
    this.#peak += amount;
    this.#dayStart += amount;
  }

  onOrder(timeMs: number): void {
    this.#advance(timeMs);
    this.#orderTimes.push(this.#latestMs);
  }

  /** As of a time. */
  figures(timeMs: number): RiskFigures {
    this.#advance(timeMs);
    return {
      ordersInLastMinute: this.#orderTimes.length - this.#firstOrder,
      dailyPnl: this.#equity - this.#dayStart,
      drawdownFraction: fallFraction(this.#peak, this.#equity),
      peakEquity: this.#peak,
    };
  }

  state(): RiskHistoryState {
    const orderTimes = this.#orderTimes.slice(this.#firstOrder);
    return { equity: this.#equity, peak: this.#peak, dayStart: this.#dayStart, day: this.#day, orderTimes };
  }

  goOn({ equity, peak, dayStart, day, orderTimes }: RiskHistoryState): void {
    this.#equity = equity;
    this.#peak = peak;
    this.#dayStart = dayStart;
    this.#day = day;
    this.#orderTimes = [...orderTimes];
    this.#firstOrder = 0;
  }

  #advance(timeMs: number): void {
    if (timeMs <= this.#latestMs) return;
    this.#latestMs = timeMs;
    const day = Math.floor(timeMs / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayStart = this.#equity;
    }
    const times = this.#orderTimes;
    while (this.#firstOrder < times.length && (times[this.#firstOrder] as number) <= timeMs - MINUTE_MS)
      this.#firstOrder++;
    if (this.#firstOrder < 64 || this.#firstOrder < times.length / 2) return;
    this.#orderTimes = times.slice(this.#firstOrder);
    this.#firstOrder = 0;
  }
}

/** The share of the highest point that is gone; 0 where there was nothing to lose. */
export function fallFraction(peak: Money, equity: Money): number {
  if (peak <= 0n || equity >= peak) return 0;
  return moneyToNumber(peak - equity) / moneyToNumber(peak);
}
