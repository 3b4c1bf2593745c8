import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { MarketDataSchema } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import { Severity } from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import type { RunnerStatsSchema } from '../../../gen/ts/streamlib/v1/runner_snapshot_pb.ts';
import type { ActionSchema, PositionSchema } from '../../../gen/ts/streamlib/v1/trading_pb.ts';
import { latencyMessage } from '../../runtime/index.ts';
import type { Instrument } from '../broker/instrument.ts';
import { moneyToNumber } from '../broker/money.ts';
import { entryPriceOf, type OpenPosition, pnlOf } from '../broker/trading-account.ts';
import type { StrategyTick } from '../lua/strategy-types.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { fillMessage, orderMessage, type RunnerIdentity } from '../messages/order-messages.ts';
import type { RunnerView } from '../runner/runner.ts';
import type { RunnerEvent } from '../runner/runner-event.ts';
import type { StrategyAction } from '../session/strategy-action.ts';

type EventPayload = NonNullable<MessageInitShape<typeof EventSchema>['payload']> & { case: string };

const SEVERITIES = { warning: Severity.WARNING, error: Severity.ERROR, critical: Severity.CRITICAL } as const;

/** What happened in a runner, as an event. What only its log is for is undefined. */
export function runnerPayload(
  event: RunnerEvent,
  runner: RunnerIdentity,
  markTicks: number | undefined,
): EventPayload | undefined {
  const { runnerId } = runner;
  switch (event.kind) {
    case 'TickReceived':
      return {
        case: 'tickReceived',
        value: { runnerId, symbol: event.tick.symbol, data: tickMessage(event.tick) },
      };
    case 'StateTransition': {
      const { from: fromState, to: toState, reason } = event;
      return { case: 'stateTransition', value: { runnerId, fromState, toState, reason } };
    }
    case 'ActionExecuted':
      return {
        case: 'actionExecuted',
        value: { runnerId, action: actionMessage(event.action, event.orderId) },
      };
    case 'PositionOpened':
      return {
        case: 'positionOpened',
        value: { runnerId, position: positionMessage(event.position, runner.instrument, markTicks) },
      };
    case 'PositionUpdated':
      return {
        case: 'positionUpdated',
        value: { runnerId, unrealizedPnl: moneyToNumber(event.unrealizedPnl) },
      };
    case 'PositionClosed':
      return { case: 'positionClosed', value: { runnerId, realizedPnl: moneyToNumber(event.realizedPnl) } };
    case 'OrderSubmitted':
      return { case: 'orderSubmitted', value: { runnerId, order: orderMessage(event.order, runner) } };
    case 'OrderAccepted':
      return { case: 'orderAccepted', value: { runnerId, order: orderMessage(event.order, runner) } };
    case 'OrderRejected': {
      const order = orderMessage(event.order, runner);
      return { case: 'orderRejected', value: { runnerId, order, reason: event.reason } };
    }
    case 'OrderCanceled': {
      const order = orderMessage(event.order, runner);
      return { case: 'orderCanceled', value: { runnerId, order, reason: event.reason } };
    }
    case 'OrderFilled':
      return {
        case: 'orderFilled',
        value: {
          runnerId,
          fill: fillMessage(event.fill, runner),
          order: orderMessage(event.order, runner),
        },
      };
    case 'RunnerFault': {
      const { message: error, code, line, severity } = event;
      return { case: 'runnerError', value: { runnerId, error, code, line, severity: SEVERITIES[severity] } };
    }
    case 'StrategyLogged':
      return undefined;
  }
}

/** A tick as the schema has it; fractions of a millisecond of exchange time are rounded. */
export function tickMessage(tick: MarketTick): MessageInitShape<typeof MarketDataSchema> {
  return { ...tick, timestampMs: BigInt(Math.round(tick.timestampMs)) };
}

/** A tick or bar of a strategy's window. */
export const windowTickMessage = (
  { timeUs, ...prices }: StrategyTick,
  symbol: string,
): MessageInitShape<typeof MarketDataSchema> => ({
  symbol,
  ...prices,
  timestampMs: BigInt(Math.round(timeUs / 1000)),
});

export function positionMessage(
  position: OpenPosition,
  instrument: Instrument,
  markTicks: number | undefined,
): MessageInitShape<typeof PositionSchema> {
  const { side, lots, closedPnl, fees, openMs } = position;
  const entryPrice = entryPriceOf(position, instrument);
  return {
    side,
    quantity: instrument.quantityOf(lots),
    entryPrice,
    unrealizedPnl: markTicks === undefined ? 0 : moneyToNumber(pnlOf(position, instrument, markTicks)),
    realizedPnl: moneyToNumber(closedPnl - fees),
    markPrice: markTicks === undefined ? entryPrice : instrument.priceOf(markTicks),
    openTime: timestampFromMs(openMs),
  };
}

function actionMessage(
  { kind, quantity, limitPrice, stopPrice, reason = '' }: StrategyAction,
  orderId: string,
): MessageInitShape<typeof ActionSchema> {
  return { kind, quantity, limitPrice, stopPrice, reason, orderId };
}

/** The counts of a runner. */
export function runnerStatsMessage(
  { figures, feesPaid }: RunnerView,
  restarts: number,
): MessageInitShape<typeof RunnerStatsSchema> {
  const { callbackTime, tickLatency, ticksProcessed, errors, ...counts } = figures;
  const exact = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, BigInt(count)]));
  return {
    ...exact,
    ticksProcessed: BigInt(ticksProcessed),
    errors: BigInt(errors),
    errorRate: ticksProcessed === 0 ? 0 : Math.min(1, errors / ticksProcessed),
    restarts: BigInt(restarts),
    feesPaid: moneyToNumber(feesPaid),
    callbackTime: latencyMessage(callbackTime),
    tickLatency: latencyMessage(tickLatency),
  };
}
