/** Markets that never close have as many days in a year. */
const DAYS_PER_YEAR = 365;

/** Ratios of returns, per year. What cannot be computed is undefined. */
export interface ReturnRatios {
  /** Standard deviation of the returns, of a sample. */
  readonly annualVolatilityFraction: number | undefined;
  /** Mean per standard deviation, with a risk-free return of 0. */
  readonly sharpeRatio: number | undefined;
  /** Mean per downside deviation: the root of the mean square of the losing returns, counted over all. */
  readonly sortinoRatio: number | undefined;
}

/** The ratios of daily returns. Two days are the least. */
export function returnRatios(returns: readonly number[]): ReturnRatios {
  const count = returns.length;
  if (count < 2)
    return { annualVolatilityFraction: undefined, sharpeRatio: undefined, sortinoRatio: undefined };
  const mean = returns.reduce((sum, each) => sum + each, 0) / count;
  const variance = returns.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (count - 1);
  const downside = returns.reduce((sum, each) => sum + Math.min(each, 0) ** 2, 0) / count;
  const perYear = Math.sqrt(DAYS_PER_YEAR);
  return {
    annualVolatilityFraction: Math.sqrt(variance) * perYear,
    sharpeRatio: variance > 0 ? (mean / Math.sqrt(variance)) * perYear : undefined,
    sortinoRatio: downside > 0 ? (mean / Math.sqrt(downside)) * perYear : undefined,
  };
}
