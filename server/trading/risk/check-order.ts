import type { Instrument } from '../broker/instrument.ts';
import type { Money } from '../broker/money.ts';
import { directionOf, type OrderSide } from '../broker/order.ts';
import type { EngineMode } from './engine-mode.ts';
import type { RiskFigures } from './risk-history.ts';
import type { CompiledLimits } from './trading-limits.ts';

/** An order that is about to be sent, and what its runner holds. */
export interface ProposedOrder {
  readonly instrument: Instrument;
  readonly side: OrderSide;
  readonly lots: number;
  /** Its limit, or the price of the market. */
  readonly ticks: number;
  /** Held now, negative when short. */
  readonly positionLots: number;
  /** Of open orders of the same side: what else they may fill. */
  readonly openLots: number;
}

/** What an order is held to: the limits and the past of its runner, or of all together. */
export interface RiskScope {
  readonly name: 'runner' | 'engine';
  readonly limits: CompiledLimits;
  readonly figures: RiskFigures;
  /** The value of positions besides the order's own that `maxPositionValue` counts as well. */
  readonly otherPositionsValue: Money;
}

export type RefusalReason =
  | 'engine_halted'
  | 'engine_reducing'
  | 'order_quantity'
  | 'order_value'
  | 'position_limit'
  | 'position_value'
  | 'order_rate'
  | 'daily_loss'
  | 'drawdown';

/** Why an order is refused: a word for programs, and a sentence with the limit and what it would have been. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
}

/**
 * Why an order must not be sent; undefined where it may. An order that only makes a position smaller, together with the
 * open orders of its side, is not held to what limits positions and losses, so that a position can always be left; mode
 * `halted`, the size of orders and their rate hold for all.
 */
export function checkOrder(
  order: ProposedOrder,
  mode: EngineMode,
  scopes: readonly RiskScope[],
): Refusal | undefined {
  if (mode === 'halted') return refuse('engine_halted', 'the engine is halted: no orders');
  const reduces = isReducing(order);
  if (mode === 'reducing' && !reduces)
    return refuse('engine_reducing', 'the engine is reducing: an order must make a position smaller');
  for (const scope of scopes) {
    const refusal =
      checkSize(order, scope) ?? checkRate(scope) ?? (reduces ? undefined : checkRisk(order, scope));
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** Whether the order cannot open or enlarge a position, even where all open orders of its side fill. */
export function isReducing({ side, lots, positionLots, openLots }: ProposedOrder): boolean {
  return lots + openLots <= -directionOf(side) * positionLots;
}

function checkSize(
  { instrument, lots, ticks }: ProposedOrder,
  { name, limits }: RiskScope,
): Refusal | undefined {
  const quantity = instrument.quantityOf(lots);
  if (quantity > limits.maxOrderQuantity)
    return exceeds('order_quantity', name, 'max_order_quantity', limits.maxOrderQuantity, quantity);
  const { maxOrderValue } = limits;
  if (maxOrderValue === undefined || instrument.value(ticks, lots) <= maxOrderValue) return undefined;
  return refuse('order_value', `the order is worth more than max_order_value of the ${name} allows`);
}

function checkRate({ name, limits, figures }: RiskScope): Refusal | undefined {
  const { maxOrdersPerMinute } = limits;
  const { ordersInLastMinute } = figures;
  if (ordersInLastMinute < maxOrdersPerMinute) return undefined;
  return exceeds('order_rate', name, 'max_orders_per_minute', maxOrdersPerMinute, ordersInLastMinute + 1);
}

function checkRisk(order: ProposedOrder, scope: RiskScope): Refusal | undefined {
  const { name, limits, figures } = scope;
  const { maxDailyLoss, maxDrawdownFraction } = limits;
  if (maxDailyLoss !== undefined && figures.dailyPnl < 0n && -figures.dailyPnl >= maxDailyLoss)
    return refuse('daily_loss', `the loss of the day has reached max_daily_loss of the ${name}`);
  const { drawdownFraction } = figures;
  if (drawdownFraction > 0 && drawdownFraction >= maxDrawdownFraction)
    return exceeds('drawdown', name, 'max_drawdown_fraction', maxDrawdownFraction, drawdownFraction);
  return checkPosition(order, scope);
}

function checkPosition(
  order: ProposedOrder,
  { name, limits, otherPositionsValue }: RiskScope,
): Refusal | undefined {
  const { instrument, side, lots, positionLots, openLots, ticks } = order;
  const largestLots = Math.abs(positionLots + directionOf(side) * (openLots + lots));
  const quantity = instrument.quantityOf(largestLots);
  if (quantity > limits.maxPositionQuantity || !Number.isSafeInteger(largestLots))
    return exceeds('position_limit', name, 'max_position_quantity', limits.maxPositionQuantity, quantity);
  const { maxPositionValue } = limits;
  const value = otherPositionsValue + instrument.value(ticks, largestLots);
  if (maxPositionValue === undefined || value <= maxPositionValue) return undefined;
  return refuse(
    'position_value',
    `the position would be worth more than max_position_value of the ${name} allows`,
  );
}

const refuse = (reason: RefusalReason, message: string): Refusal => ({ reason, message });

function exceeds(reason: RefusalReason, scope: string, field: string, limit: number, was: number): Refusal {
  return refuse(reason, `${field} of the ${scope} must not be exceeded: ${limit}, was ${was}`);
}
