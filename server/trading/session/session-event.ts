import type { Money } from '../broker/money.ts';
import type { Fill, Order } from '../broker/order.ts';
import type { OpenPosition } from '../broker/trading-account.ts';
import type { StrategyAction } from './strategy-action.ts';

/** What happened to the orders and the position of a runner. The names are those of the API's events. */
export type SessionEvent =
  /** `orderId`: the order that it led to, or that it cancels; empty where the gate refused it. */
  | { readonly kind: 'ActionExecuted'; readonly action: StrategyAction; readonly orderId: string }
  | { readonly kind: 'OrderSubmitted'; readonly order: Order }
  | { readonly kind: 'OrderAccepted'; readonly order: Order }
  | {
      readonly kind: 'OrderRejected';
      readonly order: Order;
      readonly reason: string;
      readonly message: string;
      /** Whether it was the risk gate, so that it was never submitted. */
      readonly refused: boolean;
    }
  | { readonly kind: 'OrderCanceled'; readonly order: Order; readonly reason: string }
  | { readonly kind: 'OrderFilled'; readonly order: Order; readonly fill: Fill }
  | { readonly kind: 'PositionOpened'; readonly position: OpenPosition }
  | { readonly kind: 'PositionUpdated'; readonly position: OpenPosition; readonly unrealizedPnl: Money }
  | { readonly kind: 'PositionClosed'; readonly position: OpenPosition; readonly realizedPnl: Money }
  /** What a strategy asked for is nonsense; nothing was sent. */
  | { readonly kind: 'ActionInvalid'; readonly action: StrategyAction; readonly message: string };

/** What a strategy says of itself. */
export type StrategyNote =
  | {
      readonly kind: 'StateTransition';
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'StrategyLogged';
      readonly level: 'debug' | 'info' | 'warning' | 'error';
      readonly message: string;
    };
