import type { Liquidity, OrderRequest } from './order.ts';

/** The prices of a span of time for one side, in ticks. Of an instant all three are the same. */
export interface PriceSpan {
  readonly first: number;
  readonly high: number;
  readonly low: number;
}

/** An order in the eyes of the market. */
export interface MatchableOrder extends Pick<OrderRequest, 'side' | 'type' | 'limitTicks' | 'stopTicks'> {
  /** Whether the price has reached its stop before. */
  readonly triggered: boolean;
  /** Whether the market sees it for the first time, so that it may meet what is there. */
  readonly fresh: boolean;
}

/** What the market makes of an order. */
export type OrderMatch =
  | { readonly kind: 'waits' }
  /** Its stop was reached, but not its limit. */
  | { readonly kind: 'triggered' }
  | { readonly kind: 'fills'; readonly ticks: number; readonly liquidity: Liquidity };

const WAITS: OrderMatch = { kind: 'waits' };
const TRIGGERED: OrderMatch = { kind: 'triggered' };

/**
 * Whether an order fills within a span of prices, and at which. What is not known is decided against the trader:
 * - a market order takes the first price;
 * - a stop takes its own price, or the first one where the market begins beyond it;
 * - a limit that arrives takes the first price where that is within; one that waits takes its own price, even where the
 *   market jumps over it;
 * - of a stop with a limit, the limit counts at the moment of the stop, and from the next span on.
 */
export function matchOrder(order: MatchableOrder, span: PriceSpan): OrderMatch {
  const { type, triggered } = order;
  if (type === 'Market' || (type === 'Stop' && triggered)) return takes(span.first);
  if (type === 'Limit' || triggered) return matchLimit(order, span);
  const at = stoppedAt(order, span);
  if (at === undefined) return WAITS;
  return type === 'Stop' || isWithin(order, at) ? takes(at) : TRIGGERED;
}

function matchLimit(order: MatchableOrder, { first, high, low }: PriceSpan): OrderMatch {
  if (order.fresh && isWithin(order, first)) return takes(first);
  const best = order.side === 'Buy' ? low : high;
  if (!isWithin(order, best)) return WAITS;
  return { kind: 'fills', ticks: order.limitTicks as number, liquidity: 'Maker' };
}

/** The price at which the stop is reached. */
function stoppedAt({ side, stopTicks }: MatchableOrder, { first, high, low }: PriceSpan): number | undefined {
  const stop = stopTicks as number;
  const isBeyond = (ticks: number): boolean => (side === 'Buy' ? ticks >= stop : ticks <= stop);
  if (isBeyond(first)) return first;
  return isBeyond(side === 'Buy' ? high : low) ? stop : undefined;
}

function isWithin({ side, limitTicks }: MatchableOrder, ticks: number): boolean {
  const limit = limitTicks as number;
  return side === 'Buy' ? ticks <= limit : ticks >= limit;
}

const takes = (ticks: number): OrderMatch => ({ kind: 'fills', ticks, liquidity: 'Taker' });
