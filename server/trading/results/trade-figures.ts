import { type Money, moneyToNumber } from '../broker/money.ts';
import type { Trade } from './trade-log.ts';

/** What closed trades say together. What cannot be computed is undefined. */
export interface TradeFigures {
  readonly tradeCount: number;
  /** Share of the trades with a profit above 0, 0 to 1. */
  readonly winRateFraction: number | undefined;
  /** Sum of the wins per sum of the losses. */
  readonly profitFactor: number | undefined;
  readonly averageWin: number | undefined;
  /** Positive. */
  readonly averageLoss: number | undefined;
}

/** Fees are subtracted; a trade that ends at exactly 0 neither won nor lost. */
export function tradeFigures(trades: readonly Pick<Trade, 'realizedPnl'>[]): TradeFigures {
  const pnls = trades.map(({ realizedPnl }) => realizedPnl);
  const wins = pnls.filter((pnl) => pnl > 0n);
  const losses = pnls.filter((pnl) => pnl < 0n);
  const won = moneyToNumber(sum(wins));
  const lost = -moneyToNumber(sum(losses));
  return {
    tradeCount: trades.length,
    winRateFraction: trades.length > 0 ? wins.length / trades.length : undefined,
    profitFactor: losses.length > 0 ? won / lost : undefined,
    averageWin: wins.length > 0 ? won / wins.length : undefined,
    averageLoss: losses.length > 0 ? lost / losses.length : undefined,
  };
}

const sum = (amounts: readonly Money[]): Money => amounts.reduce((total, amount) => total + amount, 0n);
