import type { EquityCurve } from './equity-curve.ts';

const DAY_MS = 86_400_000;

/**
 * The return of each day (UTC) from the first point to the last, as 0.01 for 1 %: from the last equity of the day before
 * to the last of the day. The first counts from the initial equity; a day without a point has 0. Empty where the equity
 * was not above 0 throughout.
 */
export function dailyReturns(curve: EquityCurve): number[] {
  const returns: number[] = [];
  let before = curve.initialEquity;
  for (let i = 0; i < curve.length; i++) {
    const day = dayOf(curve, i);
    const isLastOfDay = i + 1 === curve.length || dayOf(curve, i + 1) !== day;
    if (!isLastOfDay) continue;
    const equity = curve.equity(i);
    if (before <= 0 || equity <= 0) return [];
    returns.push(equity / before - 1);
    before = equity;
    const silentDays = i + 1 === curve.length ? 0 : dayOf(curve, i + 1) - day - 1;
    for (let silent = 0; silent < silentDays; silent++) returns.push(0);
  }
  return returns;
}

const dayOf = (curve: EquityCurve, index: number): number => Math.floor(curve.timestampMs(index) / DAY_MS);
