import { type Money, moneyToNumber } from '../broker/money.ts';
import { type CurveFigures, curveFigures } from './curve-figures.ts';
import { dailyReturns } from './daily-returns.ts';
import type { EquityCurve } from './equity-curve.ts';
import { type ReturnRatios, returnRatios } from './return-ratios.ts';
import { type TradeFigures, tradeFigures } from './trade-figures.ts';
import type { Trade } from './trade-log.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/** What the statistics are made from. */
export interface PerformanceInput {
  readonly curve: EquityCurve;
  /** Those that are over. */
  readonly trades: readonly Pick<Trade, 'realizedPnl'>[];
  /** The value of all fills together. */
  readonly tradedValue: Money;
}

/** A run in numbers; the words of `BacktestStatistics`. What cannot be computed is undefined. */
export interface PerformanceStatistics
  extends ReturnRatios,
    TradeFigures,
    Pick<CurveFigures, 'maxDrawdownFraction' | 'maxDrawdownMs' | 'exposureFraction'> {
  readonly initialEquity: number;
  readonly finalEquity: number;
  readonly totalReturnFraction: number;
  /** Undefined for less than a day, or where nothing is left. */
  readonly annualReturnFraction: number | undefined;
  /** `annualReturnFraction` per `maxDrawdownFraction`. */
  readonly calmarRatio: number | undefined;
  /** Traded value per average equity. */
  readonly turnoverRatio: number;
  /** What buying at the first price and holding to the last would have returned. */
  readonly buyAndHoldReturnFraction: number;
  /** Of the first and the last point; undefined where there are none. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

/** Pure. Ratios are per year of 365 days, from daily returns (UTC), with a risk-free return of 0. */
export function performanceStatistics({
  curve,
  trades,
  tradedValue,
}: PerformanceInput): PerformanceStatistics {
  const { averageEquity, ...figures } = curveFigures(curve);
  const { initialEquity, length } = curve;
  const isEmpty = length === 0;
  const finalEquity = isEmpty ? initialEquity : curve.equity(length - 1);
  const startMs = isEmpty ? undefined : curve.timestampMs(0);
  const endMs = isEmpty ? undefined : curve.timestampMs(length - 1);
  const growth = initialEquity > 0 ? finalEquity / initialEquity : 1;
  const annualReturnFraction = annualReturn(growth, (endMs ?? 0) - (startMs ?? 0));
  const { maxDrawdownFraction } = figures;
  const hasCalmar = annualReturnFraction !== undefined && maxDrawdownFraction > 0;
  return {
    initialEquity,
    finalEquity,
    totalReturnFraction: growth - 1,
    annualReturnFraction,
    ...returnRatios(dailyReturns(curve)),
    calmarRatio: hasCalmar ? annualReturnFraction / maxDrawdownFraction : undefined,
    ...figures,
    ...tradeFigures(trades),
    turnoverRatio: averageEquity > 0 ? moneyToNumber(tradedValue) / averageEquity : 0,
    buyAndHoldReturnFraction: isEmpty ? 0 : curve.price(length - 1) / curve.price(0) - 1,
    startMs,
    endMs,
  };
}

function annualReturn(growth: number, elapsedMs: number): number | undefined {
  return elapsedMs >= DAY_MS && growth > 0 ? growth ** (YEAR_MS / elapsedMs) - 1 : undefined;
}
