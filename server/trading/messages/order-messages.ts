import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { FillSchema, OrderSchema } from '../../../gen/ts/streamlib/v1/trading_pb.ts';
import type { Instrument } from '../broker/instrument.ts';
import { moneyToNumber } from '../broker/money.ts';
import type { Fill, Order } from '../broker/order.ts';

/** Whose orders and positions they are. */
export interface RunnerIdentity {
  readonly runnerId: string;
  readonly instrument: Instrument;
}

/** An order as the schema has it. */
export function orderMessage(
  order: Order,
  { runnerId, instrument }: RunnerIdentity,
): MessageInitShape<typeof OrderSchema> {
  const { limitTicks, stopTicks, filledLots, filledValue } = order;
  const filledQuantity = instrument.quantityOf(filledLots);
  return {
    orderId: order.orderId,
    runnerId,
    symbol: instrument.symbol,
    side: order.side,
    orderType: order.type,
    state: order.state,
    quantity: instrument.quantityOf(order.lots),
    filledQuantity,
    limitPrice: limitTicks === undefined ? undefined : instrument.priceOf(limitTicks),
    stopPrice: stopTicks === undefined ? undefined : instrument.priceOf(stopTicks),
    averageFillPrice: filledLots === 0 ? undefined : moneyToNumber(filledValue) / filledQuantity,
    reason: order.reason,
    submitTime: timestampFromMs(order.submitMs),
    updateTime: timestampFromMs(order.updateMs),
    venueOrderId: order.venueOrderId,
  };
}

/** One execution of an order. */
export function fillMessage(
  { fillId, orderId, side, ticks, lots, fee, liquidity, timeMs }: Fill,
  { runnerId, instrument }: RunnerIdentity,
): MessageInitShape<typeof FillSchema> {
  return {
    fillId,
    orderId,
    runnerId,
    symbol: instrument.symbol,
    side,
    price: instrument.priceOf(ticks),
    quantity: instrument.quantityOf(lots),
    fee: moneyToNumber(fee),
    liquidity,
    time: timestampFromMs(timeMs),
  };
}
