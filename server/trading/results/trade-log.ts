import type { Instrument } from '../broker/instrument.ts';
import { type Money, moneyToNumber } from '../broker/money.ts';
import type { Fill, Order } from '../broker/order.ts';

/** A position from its first fill to its last. */
export interface Trade {
  readonly tradeId: string;
  readonly side: 'Long' | 'Short';
  /** The most that was held, units of the symbol. */
  readonly quantity: number;
  readonly entryMs: number;
  /** Volume-weighted over the fills that opened and enlarged it. */
  readonly entryPrice: number;
  /** Undefined while it is open. */
  readonly exitMs: number | undefined;
  /** Volume-weighted over the fills that reduced and closed it; the last price where it is open. */
  readonly exitPrice: number;
  /** Fees subtracted. Of an open one: at the last price. */
  readonly realizedPnl: Money;
  readonly feesPaid: Money;
  /** `realizedPnl` per value at entry. */
  readonly returnFraction: number;
  /** The strategy's own words. */
  readonly entryReason: string;
  readonly exitReason: string;
  /** The worst and the best unrealized profit on the way, at the ticks' prices; 0 at the entry. */
  readonly maxAdversePnl: Money;
  readonly maxFavorablePnl: Money;
}

interface OpenTrade {
  readonly tradeId: string;
  readonly side: 'Long' | 'Short';
  readonly entryMs: number;
  readonly entryReason: string;
  lots: number;
  mostLots: number;
  entryLots: number;
  entryValue: Money;
  exitLots: number;
  exitValue: Money;
  fees: Money;
  worst: Money;
  best: Money;
}

/** Puts fills together to trades. */
export class TradeLog {
  readonly #instrument: Instrument;
  readonly #closed: Trade[] = [];
  #open: OpenTrade | undefined;
  #opened = 0;

  constructor(instrument: Instrument) {
    this.#instrument = instrument;
  }

  /** Those that are over, in order of their exits. */
  get closed(): readonly Trade[] {
    return this.#closed;
  }

  /** Takes a fill in. One that turns the position around ends one trade and begins another. */
  onFill(fill: Fill, { reason }: Pick<Order, 'reason'>): void {
    const side = fill.side === 'Buy' ? 'Long' : 'Short';
    const open = this.#open;
    if (open === undefined || open.side === side) {
      this.#enter(fill, fill.lots, fill.fee, reason);
      return;
    }
    const closing = Math.min(open.lots, fill.lots);
    const closingFee = (fill.fee * BigInt(closing)) / BigInt(fill.lots);
    this.#leave(open, fill, closing, closingFee, reason);
    if (fill.lots > closing) this.#enter(fill, fill.lots - closing, fill.fee - closingFee, reason);
  }

  /** The unrealized profit at a tick. */
  onMark(unrealizedPnl: Money): void {
    const open = this.#open;
    if (open === undefined) return;
    if (unrealizedPnl < open.worst) open.worst = unrealizedPnl;
    if (unrealizedPnl > open.best) open.best = unrealizedPnl;
  }

  /** The one that is still open, as if it ended at this price; undefined where none is. */
  openAt(ticks: number): Trade | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    const exitLots = open.exitLots + open.lots;
    const exitValue = open.exitValue + this.#instrument.value(ticks, open.lots);
    const trade = this.#finish({ ...open, exitLots, exitValue }, undefined, '');
    return { ...trade, exitPrice: this.#instrument.priceOf(ticks) };
  }

  #enter({ side, ticks, timeMs }: Fill, lots: number, fee: Money, reason: string): void {
    this.#open ??= this.#begin(timeMs, reason, side === 'Buy' ? 'Long' : 'Short');
    const open = this.#open;
    open.lots += lots;
    open.mostLots = Math.max(open.mostLots, open.lots);
    open.entryLots += lots;
    open.entryValue += this.#instrument.value(ticks, lots);
    open.fees += fee;
  }

  #begin(entryMs: number, entryReason: string, side: 'Long' | 'Short'): OpenTrade {
    return {
      tradeId: `trade-${++this.#opened}`,
      side,
      entryMs,
      entryReason,
      lots: 0,
      mostLots: 0,
      entryLots: 0,
      entryValue: 0n,
      exitLots: 0,
      exitValue: 0n,
      fees: 0n,
      worst: 0n,
      best: 0n,
    };
  }

  #leave(open: OpenTrade, { ticks, timeMs }: Fill, lots: number, fee: Money, reason: string): void {
    open.lots -= lots;
    open.exitLots += lots;
    open.exitValue += this.#instrument.value(ticks, lots);
    open.fees += fee;
    if (open.lots > 0) return;
    this.#closed.push(this.#finish(open, timeMs, reason));
    this.#open = undefined;
  }

  #finish(open: OpenTrade, exitMs: number | undefined, exitReason: string): Trade {
    const { tradeId, side, entryMs, entryReason, entryLots, entryValue, exitLots, exitValue, fees } = open;
    const gain = exitValue - entryValue;
    const realizedPnl = (side === 'Long' ? gain : -gain) - fees;
    return {
      tradeId,
      side,
      quantity: this.#instrument.quantityOf(open.mostLots),
      entryMs,
      entryPrice: moneyToNumber(entryValue) / this.#instrument.quantityOf(entryLots),
      exitMs,
      exitPrice: moneyToNumber(exitValue) / this.#instrument.quantityOf(exitLots),
      realizedPnl,
      feesPaid: fees,
      returnFraction: moneyToNumber(realizedPnl) / moneyToNumber(entryValue),
      entryReason,
      exitReason,
      maxAdversePnl: open.worst,
      maxFavorablePnl: open.best,
    };
  }
}
