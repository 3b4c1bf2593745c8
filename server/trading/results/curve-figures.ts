import type { EquityCurve } from './equity-curve.ts';

/** What an equity curve says about the whole way. */
export interface CurveFigures {
  readonly maxDrawdownFraction: number;
  /** The longest time below a highest point, up to its recovery or the end. */
  readonly maxDrawdownMs: number;
  /** Share of the time with an open position, 0 to 1. */
  readonly exposureFraction: number;
  /** Mean over the points; the initial equity where there are none. */
  readonly averageEquity: number;
}

/** Pure; one pass. */
export function curveFigures(curve: EquityCurve): CurveFigures {
  let maxDrawdownFraction = 0;
  let maxDrawdownMs = 0;
  let peakMs = curve.length === 0 ? 0 : curve.timestampMs(0);
  let exposedMs = 0;
  let sum = 0;
  for (let i = 0; i < curve.length; i++) {
    const timeMs = curve.timestampMs(i);
    const drawdown = curve.drawdownFraction(i);
    sum += curve.equity(i);
    if (i > 0 && curve.isOpen(i - 1)) exposedMs += timeMs - curve.timestampMs(i - 1);
    maxDrawdownFraction = Math.max(maxDrawdownFraction, drawdown);
    maxDrawdownMs = Math.max(maxDrawdownMs, underWaterMs(curve, i, peakMs));
    if (drawdown === 0) peakMs = timeMs;
  }
  const totalMs = curve.length === 0 ? 0 : curve.timestampMs(curve.length - 1) - curve.timestampMs(0);
  return {
    maxDrawdownFraction,
    maxDrawdownMs,
    exposureFraction: totalMs === 0 ? 0 : exposedMs / totalMs,
    averageEquity: curve.length === 0 ? curve.initialEquity : sum / curve.length,
  };
}

/** How long the equity has been below its peak when this point comes; the point of the recovery still counts. */
function underWaterMs(curve: EquityCurve, index: number, peakMs: number): number {
  const isUnder = curve.drawdownFraction(index) > 0 || (index > 0 && curve.drawdownFraction(index - 1) > 0);
  return isUnder ? curve.timestampMs(index) - peakMs : 0;
}
