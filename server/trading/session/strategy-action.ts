import { StreamlibError } from '../../runtime/errors.ts';
import type { Instrument } from '../broker/instrument.ts';
import type { OrderSide, OrderType } from '../broker/order.ts';

/** What a strategy asks for, in numbers as it knows them. It may be nonsense. */
export interface StrategyAction {
  /** `Buy`, `Sell`, `Close` or `Cancel`. */
  readonly kind: string;
  /** Units of the symbol; absent on `Close` is the whole position. */
  readonly quantity?: number | undefined;
  readonly limitPrice?: number | undefined;
  readonly stopPrice?: number | undefined;
  /** The strategy's own words. */
  readonly reason?: string | undefined;
  /**
   * Of `Cancel`: the order; absent is all open ones. Of the others the id that the order is to get, which no order of the
   * run may have had; absent is the session's next number.
   */
  readonly orderId?: string | undefined;
}

/** An action as the engine takes it: whole ticks and lots. */
export type ParsedAction =
  | {
      readonly kind: 'order';
      readonly side: OrderSide;
      readonly type: OrderType;
      readonly lots: number;
      readonly limitTicks: number | undefined;
      readonly stopTicks: number | undefined;
      readonly reason: string;
      readonly orderId: string | undefined;
    }
  | { readonly kind: 'cancel'; readonly orderId: string | undefined; readonly reason: string }
  /** There is nothing to close. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'invalid'; readonly message: string };

/**
 * Reads an action. Quantities round down to whole lots; limits round to the side of the trader, stops away from the
 * market, so that no rounding is to the trader's harm. `positionLots` is what is held, negative when short.
 */
export function parseAction(
  action: StrategyAction,
  instrument: Instrument,
  positionLots: number,
): ParsedAction {
  try {
    return parse(action, instrument, positionLots);
  } catch (error) {
    // A number that is too large to be exact.
    return invalid(StreamlibError.from(error).message);
  }
}

function parse(action: StrategyAction, instrument: Instrument, positionLots: number): ParsedAction {
  const { kind, quantity, limitPrice, stopPrice, reason = '', orderId } = action;
  switch (kind) {
    case 'Cancel':
      return { kind: 'cancel', orderId, reason };
    case 'Close': {
      if (positionLots === 0) return { kind: 'nothing' };
      const held = instrument.quantityOf(Math.abs(positionLots));
      const closing = { ...action, quantity: Math.min(quantity ?? held, held) };
      return parseOrder(closing, positionLots > 0 ? 'Sell' : 'Buy', instrument);
    }
    case 'Buy':
    case 'Sell':
      return parseOrder({ quantity, limitPrice, stopPrice, reason, orderId }, kind, instrument);
    default:
      return invalid(`action must be one of Buy, Sell, Close, Cancel, was ${JSON.stringify(kind)}`);
  }
}

function parseOrder(
  { quantity = Number.NaN, limitPrice, stopPrice, reason = '', orderId }: Omit<StrategyAction, 'kind'>,
  side: OrderSide,
  instrument: Instrument,
): ParsedAction {
  if (!(quantity > 0 && quantity < Number.POSITIVE_INFINITY))
    return invalid(`quantity must be a number above 0, was ${quantity}`);
  for (const [name, price] of Object.entries({ limit_price: limitPrice, stop_price: stopPrice }))
    if (price !== undefined && !(price > 0 && price < Number.POSITIVE_INFINITY))
      return invalid(`${name} must be a number above 0, was ${price}`);
  const lots = instrument.lotsWithin(quantity);
  if (lots === 0) return invalid(`quantity must be at least a lot (${instrument.lotSize}), was ${quantity}`);
  const buys = side === 'Buy';
  const limitTicks = onGrid(instrument, limitPrice, 'limit_price', !buys);
  const stopTicks = onGrid(instrument, stopPrice, 'stop_price', buys);
  const type: OrderType =
    stopTicks === undefined
      ? limitTicks === undefined
        ? 'Market'
        : 'Limit'
      : limitTicks === undefined
        ? 'Stop'
        : 'StopLimit';
  return { kind: 'order', side, type, lots, limitTicks, stopTicks, reason, orderId };
}

function onGrid(
  instrument: Instrument,
  price: number | undefined,
  field: string,
  up: boolean,
): number | undefined {
  if (price === undefined) return undefined;
  return Math.max(1, up ? instrument.ticksAbove(price, field) : instrument.ticksBelow(price, field));
}

const invalid = (message: string): ParsedAction => ({ kind: 'invalid', message });
