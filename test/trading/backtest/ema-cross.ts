import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import type { Strategy, StrategyContext } from '../../../server/trading/session/strategy.ts';

/** How the averages and the orders are. */
export interface EmaCrossOptions {
  readonly fast: number;
  readonly slow: number;
  readonly quantity: number;
}

/** Long while the fast average is above the slow one: the rules of ema_cross.py. */
export class EmaCross implements Strategy {
  readonly #options: EmaCrossOptions;
  #fast = 0;
  #slow = 0;
  #bars = 0;

  constructor(options: EmaCrossOptions) {
    this.#options = options;
  }

  onBar({ price }: MarketTick, ctx: StrategyContext): void {
    const { fast, slow, quantity } = this.#options;
    this.#bars++;
    this.#fast = this.#bars === 1 ? price : this.#fast + (2 / (fast + 1)) * (price - this.#fast);
    this.#slow = this.#bars === 1 ? price : this.#slow + (2 / (slow + 1)) * (price - this.#slow);
    const wantsLong = this.#bars >= slow && this.#fast > this.#slow;
    if (wantsLong && ctx.position === undefined) ctx.act({ kind: 'Buy', quantity, reason: 'cross up' });
    if (!wantsLong && ctx.position !== undefined) ctx.act({ kind: 'Close', reason: 'cross down' });
  }
}
