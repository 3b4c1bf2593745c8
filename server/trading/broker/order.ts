import type { Money } from './money.ts';

export type OrderSide = 'Buy' | 'Sell';
export type OrderType = 'Market' | 'Limit' | 'Stop' | 'StopLimit';
export type OrderState = 'Submitted' | 'Accepted' | 'PartiallyFilled' | 'Filled' | 'Canceled' | 'Rejected';
/** Whether an order waited for the other side or met what was there. */
export type Liquidity = 'Maker' | 'Taker';

/** What is asked of a venue. It never changes. */
export interface OrderRequest {
  /** Unique for its runner, made by the engine. */
  readonly orderId: string;
  readonly side: OrderSide;
  readonly type: OrderType;
  /** Above 0. */
  readonly lots: number;
  /** Of `Limit` and `StopLimit`. */
  readonly limitTicks: number | undefined;
  /** Of `Stop` and `StopLimit`. */
  readonly stopTicks: number | undefined;
  /** The strategy's own words. */
  readonly reason: string;
}

/** An order and what became of it so far. A change makes a new one. */
export interface Order extends OrderRequest {
  readonly state: OrderState;
  readonly filledLots: number;
  /** What its fills were worth together. */
  readonly filledValue: Money;
  readonly submitMs: number;
  readonly updateMs: number;
  /** Empty before the venue took it. */
  readonly venueOrderId: string;
}

/** One execution of an order or of a part of it. */
export interface Fill {
  readonly fillId: string;
  readonly orderId: string;
  readonly side: OrderSide;
  readonly ticks: number;
  readonly lots: number;
  /** Negative is a rebate. */
  readonly fee: Money;
  readonly liquidity: Liquidity;
  readonly timeMs: number;
}

/** 1 for what is bought, -1 for what is sold. */
export const directionOf = (side: OrderSide): 1 | -1 => (side === 'Buy' ? 1 : -1);

/** Whether nothing can happen to the order any more. */
export function isFinal({ state }: Pick<Order, 'state'>): boolean {
  return state === 'Filled' || state === 'Canceled' || state === 'Rejected';
}
