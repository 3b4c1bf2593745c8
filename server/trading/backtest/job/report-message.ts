import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  type BacktestReport as BacktestReportMessage,
  BacktestReportSchema,
  type BacktestStatisticsSchema,
} from '../../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import { Instrument } from '../../broker/instrument.ts';
import { moneyToNumber } from '../../broker/money.ts';
import { fillMessage, orderMessage } from '../../messages/order-messages.ts';
import type { BacktestStatistics } from '../backtest-report.ts';
import type { BacktestOrder } from './backtest-order.ts';
import type { BacktestOutcome } from './run-backtest.ts';

/** What came out of a backtest as the schema has it; of one that is not wanted whole the statistics and the digest. */
export function reportMessage(
  { report, rowsSkipped }: BacktestOutcome,
  { symbol, tickSize, lotSize, isWhole }: BacktestOrder,
): BacktestReportMessage {
  const { statistics, trades, curve, orders, fills, digestSha256 } = report;
  const figures = {
    statistics: statisticsMessage(statistics),
    digestSha256,
    rowsSkipped: BigInt(rowsSkipped),
  };
  if (!isWhole) return create(BacktestReportSchema, figures);
  const owner = { runnerId: '', instrument: new Instrument({ symbol, tickSize, lotSize }) };
  return create(BacktestReportSchema, {
    ...figures,
    trades: trades.map(({ entryMs, exitMs, realizedPnl, feesPaid, ...trade }) => ({
      ...trade,
      symbol,
      entryTime: timestampFromMs(entryMs),
      exitTime: exitMs === undefined ? undefined : timestampFromMs(exitMs),
      realizedPnl: moneyToNumber(realizedPnl),
      feesPaid: moneyToNumber(feesPaid),
      maxAdversePnl: moneyToNumber(trade.maxAdversePnl),
      maxFavorablePnl: moneyToNumber(trade.maxFavorablePnl),
    })),
    equityCurve: curve
      .points()
      .map(({ timestampMs, ...point }) => ({ ...point, timestampMs: BigInt(Math.round(timestampMs)) })),
    orders: orders.map((order) => orderMessage(order, owner)),
    fills: fills.map((fill) => fillMessage(fill, owner)),
  });
}

function statisticsMessage({
  maxDrawdownMs,
  startMs,
  endMs,
  ...figures
}: BacktestStatistics): MessageInitShape<typeof BacktestStatisticsSchema> {
  return {
    ...figures,
    tradeCount: BigInt(figures.tradeCount),
    orderCount: BigInt(figures.orderCount),
    fillCount: BigInt(figures.fillCount),
    ticksProcessed: BigInt(figures.ticksProcessed),
    errors: BigInt(figures.errors),
    maxDrawdownDuration: {
      seconds: BigInt(Math.floor(maxDrawdownMs / 1000)),
      nanos: Math.round((maxDrawdownMs % 1000) * 1e6),
    },
    startTime: startMs === undefined ? undefined : timestampFromMs(startMs),
    endTime: endMs === undefined ? undefined : timestampFromMs(endMs),
  };
}
