import { createHash } from 'node:crypto';
import type { Fill, Order } from '../broker/order.ts';
import type { EquityCurve } from '../results/equity-curve.ts';

/** SHA-256 over orders, fills and the equity at each tick, in hexadecimal digits. */
export function digestOf(orders: readonly Order[], fills: readonly Fill[], curve: EquityCurve): string {
  const hash = createHash('sha256');
  for (const order of orders) hash.update(textOfOrder(order));
  for (const fill of fills) hash.update(textOfFill(fill));
  return hash.update(curve.bytes).digest('hex');
}

function textOfOrder(order: Order): string {
  const { orderId, side, type, lots, limitTicks, stopTicks, reason } = order;
  const { state, filledLots, filledValue, submitMs, updateMs, venueOrderId } = order;
  // The strategy's words are quoted, so that they cannot look like a further field.
  const asked = [orderId, side, type, lots, limitTicks, stopTicks, JSON.stringify(reason)];
  return `${[...asked, state, filledLots, filledValue, submitMs, updateMs, venueOrderId].join()}\n`;
}

function textOfFill({ fillId, orderId, side, ticks, lots, fee, liquidity, timeMs }: Fill): string {
  return `${[fillId, orderId, side, ticks, lots, fee, liquidity, timeMs].join()}\n`;
}
