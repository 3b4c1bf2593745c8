import { StreamlibError } from '../../runtime/errors.ts';
import { type Money, toMoney } from './money.ts';

/** What can be traded, as the user knows it. */
export interface InstrumentSpec {
  readonly symbol: string;
  /** Smallest step of the price, default 1e-8. */
  readonly tickSize?: number | undefined;
  /** Smallest step of the quantity, default 1e-8. */
  readonly lotSize?: number | undefined;
}

const FINEST_STEP = 1e-8;
/** How far from a multiple of a step a number may be, as a share of it, and still be taken for it. */
const TOLERANCE = 1e-9;

/**
 * A symbol with its steps. Inside the engine a price is a whole number of ticks and a quantity a whole number of lots,
 * both safe integers, and what they are worth is exact `Money`.
 */
export class Instrument {
  readonly symbol: string;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly #perLotAndTick: Money;

  /** Throws FIELD_INVALID for steps that are no finite numbers above 0, or are too fine together to be exact. */
  constructor({ symbol, tickSize = FINEST_STEP, lotSize = FINEST_STEP }: InstrumentSpec) {
    this.symbol = symbol;
    this.tickSize = assertStep('tick_size', tickSize);
    this.lotSize = assertStep('lot_size', lotSize);
    const product = toMoney(tickSize, 'tick_size') * toMoney(lotSize, 'lot_size');
    const one = toMoney(1, 'one');
    if (product % one !== 0n) {
      const text = `tick_size * lot_size must be a multiple of 1e-18, was ${tickSize} * ${lotSize}`;
      throw new StreamlibError('FIELD_INVALID', text, { path: 'tick_size' });
    }
    this.#perLotAndTick = product / one;
  }

  /** What so many lots cost at a price. Exact. */
  value(ticks: number, lots: number): Money {
    const product = ticks * lots;
    const exact = Number.isSafeInteger(product) ? BigInt(product) : BigInt(ticks) * BigInt(lots);
    return exact * this.#perLotAndTick;
  }

  /** The nearest price on the grid. Throws FIELD_INVALID, naming the field, for a price beyond what can be exact. */
  nearestTicks(price: number, field = 'price'): number {
    return this.#safe(Math.round(price / this.tickSize), price, field);
  }

  /** The highest price on the grid that is not above it. */
  ticksBelow(price: number, field: string): number {
    return this.#safe(stepsWithin(price, this.tickSize), price, field);
  }

  /** The lowest price on the grid that is not below it. */
  ticksAbove(price: number, field: string): number {
    return this.#safe(-stepsWithin(-price, this.tickSize), price, field);
  }

  /** The most lots that a quantity holds. */
  lotsWithin(quantity: number, field = 'quantity'): number {
    return this.#safe(stepsWithin(quantity, this.lotSize), quantity, field);
  }

  priceOf(ticks: number): number {
    return multiple(ticks, this.tickSize);
  }

  quantityOf(lots: number): number {
    return multiple(lots, this.lotSize);
  }

  #safe(steps: number, value: number, field: string): number {
    if (Number.isSafeInteger(steps)) return steps + 0;
    const text = `${field} must be a number whose steps can be counted exactly, was ${value}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: field });
  }
}

/** How many whole steps fit; 0.3 holds three steps of 0.1, whatever their binary fractions say. */
function stepsWithin(value: number, step: number): number {
  const exact = value / step;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) <= TOLERANCE * Math.max(1, Math.abs(exact)) ? nearest : Math.floor(exact);
}

/** The product as it is written: three steps of 0.1 are 0.3. */
function multiple(steps: number, step: number): number {
  const inverse = Math.round(1 / step);
  // NB: dividing by a whole number rounds once, which gives the double nearest to the decimal number.
  if (step < 1 && Math.abs(inverse * step - 1) < 1e-12) return steps / inverse;
  return Number((steps * step).toPrecision(15));
}

function assertStep(field: string, step: number): number {
  if (step > 0 && step < Number.POSITIVE_INFINITY) return step;
  throw new StreamlibError('FIELD_INVALID', `${field} must be a number above 0, was ${step}`, {
    path: field,
  });
}
