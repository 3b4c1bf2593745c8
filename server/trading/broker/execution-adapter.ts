import type { MarketTick } from '../market/market-tick.ts';
import type { Fill, OrderRequest } from './order.ts';

/** What a venue says about an order. */
export type ExecutionReport =
  | {
      readonly kind: 'accepted';
      readonly orderId: string;
      readonly venueOrderId: string;
      readonly timeMs: number;
    }
  | { readonly kind: 'rejected'; readonly orderId: string; readonly reason: string; readonly timeMs: number }
  | { readonly kind: 'canceled'; readonly orderId: string; readonly reason: string; readonly timeMs: number }
  | { readonly kind: 'filled'; readonly fill: Fill };

/**
 * The way to a venue, for one symbol. No call blocks, and none throws for what a venue may refuse: what happens comes as
 * reports. The first implementation is the paper broker; an adapter of a live venue sends what it is given, collects the
 * answers as they arrive, and hands them over when it is asked. All times are exchange times in milliseconds.
 */
export interface ExecutionAdapter<State = unknown> {
  /** As the config names it: `paper`. */
  readonly name: string;
  /** Sends an order. It is reported `accepted` or `rejected`, and maybe filled, now or later. */
  submit(order: OrderRequest, timeMs: number): void;
  /**
   * Asks for an order to be taken back. It is reported `canceled`, unless its last fill came first. An id that stands
   * for no open order is passed over.
   */
  cancel(orderId: string, reason: string, timeMs: number): void;
  /** The market moved. A live adapter needs it for nothing but the time. */
  onTick(tick: MarketTick): void;
  /** What happened since the last call, in order. */
  takeReports(): readonly ExecutionReport[];
  /** What a restart must not forget: plain values and bigints. A live venue knows its orders itself. */
  state(): State;
  /** Goes on where another one was. Called before anything else. */
  goOn(state: State): void;
}
