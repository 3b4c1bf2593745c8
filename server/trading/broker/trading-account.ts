import { StreamlibError } from '../../runtime/errors.ts';
import type { Instrument } from './instrument.ts';
import { type Money, moneyToNumber } from './money.ts';
import { directionOf, type Fill } from './order.ts';

/** What is held of the symbol. A change makes a new one. */
export interface OpenPosition {
  readonly side: 'Long' | 'Short';
  /** Above 0. */
  readonly lots: number;
  /** What the lots cost that are held now. */
  readonly entryValue: Money;
  /** Of the part that was closed already, before fees. */
  readonly closedPnl: Money;
  /** Of all its fills so far. */
  readonly fees: Money;
  readonly openMs: number;
}

/** What a fill did to the position. One that turns it around closes one position and opens another. */
export type PositionChange =
  | { readonly kind: 'opened'; readonly position: OpenPosition }
  | { readonly kind: 'updated'; readonly position: OpenPosition }
  | { readonly kind: 'closed'; readonly position: OpenPosition; readonly realizedPnl: Money };

/** What an account must not forget. */
export interface TradingAccountState {
  readonly cash: Money;
  readonly closedPnl: Money;
  readonly fees: Money;
  readonly position: OpenPosition | undefined;
}

/**
 * Cash and position of one symbol, exact to the last unit. After each fill it is reconciled: cash, which only sees what
 * is paid and received, must agree with what the position cost, what was realized and the fees. At any price
 * `equity = initial cash + realized + unrealized` holds exactly, where realized has the fees subtracted.
 */
export class TradingAccount {
  readonly instrument: Instrument;
  readonly initialCash: Money;
  #cash: Money;
  #closedPnl: Money = 0n;
  #fees: Money = 0n;
  #position: OpenPosition | undefined;

  constructor(instrument: Instrument, initialCash: Money) {
    this.instrument = instrument;
    this.initialCash = initialCash;
    this.#cash = initialCash;
  }

  get cash(): Money {
    return this.#cash;
  }

  get position(): OpenPosition | undefined {
    return this.#position;
  }

  /** Above 0 when long, below when short. */
  get lots(): number {
    const position = this.#position;
    if (position === undefined) return 0;
    return position.side === 'Long' ? position.lots : -position.lots;
  }

  get feesPaid(): Money {
    return this.#fees;
  }

  /** Of what is closed, all fees subtracted. */
  get realizedPnl(): Money {
    return this.#closedPnl - this.#fees;
  }

  /** Of what is open, at a price. */
  unrealizedPnl(ticks: number): Money {
    return this.#position === undefined ? 0n : pnlOf(this.#position, this.instrument, ticks);
  }

  /** Cash and open position together, at a price. */
  equity(ticks: number): Money {
    const { lots } = this;
    return lots === 0 ? this.#cash : this.#cash + this.instrument.value(ticks, lots);
  }

  /** Takes a fill in. Throws INTERNAL where cash and position do not agree afterwards: money was made or lost. */
  apply(fill: Fill): readonly PositionChange[] {
    const direction = directionOf(fill.side);
    const value = this.instrument.value(fill.ticks, fill.lots);
    this.#cash -= (direction === 1 ? value : -value) + fill.fee;
    this.#fees += fill.fee;
    const changes = this.#move(fill);
    this.#reconcile(fill.fillId);
    return changes;
  }

  state(): TradingAccountState {
    return { cash: this.#cash, closedPnl: this.#closedPnl, fees: this.#fees, position: this.#position };
  }

  /** Goes on where another account with the same initial cash was. Throws INTERNAL where its parts do not agree. */
  goOn({ cash, closedPnl, fees, position }: TradingAccountState): void {
    this.#cash = cash;
    this.#closedPnl = closedPnl;
    this.#fees = fees;
    this.#position = position;
    this.#reconcile('a restart');
  }

  #move(fill: Fill): PositionChange[] {
    const held = this.#position;
    const side = fill.side === 'Buy' ? 'Long' : 'Short';
    if (held === undefined) return [this.#open(fill, fill.lots, fill.fee)];
    if (held.side === side) {
      const entryValue = held.entryValue + this.instrument.value(fill.ticks, fill.lots);
      const position = { ...held, lots: held.lots + fill.lots, entryValue, fees: held.fees + fill.fee };
      this.#position = position;
      return [{ kind: 'updated', position }];
    }
    const closing = Math.min(held.lots, fill.lots);
    // A fill that turns the position around pays the share of each part.
    const closingFee = (fill.fee * BigInt(closing)) / BigInt(fill.lots);
    const change = this.#reduce(held, fill, closing, closingFee);
    if (fill.lots === closing) return [change];
    return [change, this.#open(fill, fill.lots - closing, fill.fee - closingFee)];
  }

  #open({ side, ticks, timeMs }: Fill, lots: number, fees: Money): PositionChange {
    const position: OpenPosition = {
      side: side === 'Buy' ? 'Long' : 'Short',
      lots,
      entryValue: this.instrument.value(ticks, lots),
      closedPnl: 0n,
      fees,
      openMs: timeMs,
    };
    this.#position = position;
    return { kind: 'opened', position };
  }

  #reduce(held: OpenPosition, { ticks }: Fill, lots: number, fee: Money): PositionChange {
    // What a division leaves over stays in the part that is held, so that nothing is lost when that is closed.
    const entryValue =
      lots === held.lots ? held.entryValue : (held.entryValue * BigInt(lots)) / BigInt(held.lots);
    const gain = this.instrument.value(ticks, lots) - entryValue;
    const pnl = held.side === 'Long' ? gain : -gain;
    this.#closedPnl += pnl;
    const position: OpenPosition = {
      ...held,
      lots: held.lots - lots,
      entryValue: held.entryValue - entryValue,
      closedPnl: held.closedPnl + pnl,
      fees: held.fees + fee,
    };
    this.#position = position.lots === 0 ? undefined : position;
    if (position.lots > 0) return { kind: 'updated', position };
    return { kind: 'closed', position, realizedPnl: position.closedPnl - position.fees };
  }

  #reconcile(cause: string): void {
    const held = this.#position;
    const entryValue = held === undefined ? 0n : held.side === 'Long' ? held.entryValue : -held.entryValue;
    const difference = this.#cash + entryValue - this.initialCash - this.realizedPnl;
    if (difference === 0n) return;
    const text = `cash and position must agree after ${cause}, differed by ${moneyToNumber(difference)}`;
    throw new StreamlibError('INTERNAL', text);
  }
}

/** The profit of what a position still holds, at a price, before fees. */
export function pnlOf(
  { side, lots, entryValue }: OpenPosition,
  instrument: Instrument,
  ticks: number,
): Money {
  const gain = instrument.value(ticks, lots) - entryValue;
  return side === 'Long' ? gain : -gain;
}

/** What a unit of the position cost on average. */
export function entryPriceOf({ lots, entryValue }: OpenPosition, instrument: Instrument): number {
  return moneyToNumber(entryValue) / instrument.quantityOf(lots);
}
