import { moneyToNumber } from '../broker/money.ts';
import type { Fill } from '../broker/order.ts';
import { entryPriceOf } from '../broker/trading-account.ts';
import type {
  StrategyDeclaration,
  StrategyEffect,
  StrategyOutcome,
  StrategySnapshot,
  StrategyTick,
} from '../lua/strategy-types.ts';
import { type StrategyView, StrategyVm, type StrategyVmOptions } from '../lua/strategy-vm.ts';
import type { MarketTick } from '../market/market-tick.ts';
import type { Strategy, StrategyContext } from './strategy.ts';

/** A strategy in Lua, and how the ids of its orders begin. */
export interface LuaStrategyOptions extends StrategyVmOptions {
  /** Its orders are `{prefix}-1`, `{prefix}-2`, …; default `order`. */
  readonly orderIdPrefix?: string | undefined;
}

const ACTION_KINDS = { buy: 'Buy', sell: 'Sell', close: 'Close' } as const;

/**
 * A strategy in Lua as a session drives it. What a call asked for is carried out in its order once the call is over; what
 * fails is thrown as LuaError after what came before it was carried out. The constructor throws as that of StrategyVm.
 */
export class LuaStrategy implements Strategy, Disposable {
  readonly #vm: StrategyVm;
  readonly #orderIdPrefix: string;
  /** Of the account that Lua was shown last. */
  #fillCount = -1;

  constructor({ orderIdPrefix = 'order', ...options }: LuaStrategyOptions) {
    this.#vm = new StrategyVm(options);
    this.#orderIdPrefix = orderIdPrefix;
  }

  get declaration(): StrategyDeclaration {
    return this.#vm.declaration;
  }

  /** Whether no call works any more. */
  get isDead(): boolean {
    return this.#vm.isDead;
  }

  /** Bytes of all that the run holds. */
  get usedBytes(): number {
    return this.#vm.usedBytes;
  }

  /** The state that it is in and what it keeps with `ctx.set`. */
  view(): StrategyView {
    return this.#vm.view();
  }

  /** The newest `count` ticks or bars of its window, the oldest first. */
  history(count: number): StrategyTick[] {
    return this.#vm.history(count);
  }

  /** Another one that is made with it goes on as this one would, in a session that goes on as well. */
  snapshot(): StrategySnapshot {
    return this.#vm.snapshot();
  }

  onStart(ctx: StrategyContext): void {
    this.#show(ctx);
    this.#carryOut(this.#vm.start(), ctx);
  }

  onTick({ timestampMs, price, size, bid, ask }: MarketTick, ctx: StrategyContext): void {
    this.#show(ctx);
    const sides = { ...(bid !== undefined && { bid }), ...(ask !== undefined && { ask }) };
    this.#carryOut(this.#vm.onTick({ timeUs: timestampMs * 1000, price, size, ...sides }), ctx);
  }

  onBar(bar: MarketTick, ctx: StrategyContext): void {
    const { timestampMs, open = bar.price, high = bar.price, low = bar.price, price, volume = 0 } = bar;
    this.#show(ctx);
    this.#carryOut(
      this.#vm.onBar({ timeUs: timestampMs * 1000, open, high, low, close: price, volume }),
      ctx,
    );
  }

  onFill({ timeMs, side, ticks, lots, fee, orderId }: Fill, ctx: StrategyContext): void {
    this.#show(ctx);
    const { instrument } = ctx;
    const outcome = this.#vm.onFill({
      timeUs: timeMs * 1000,
      side,
      price: instrument.priceOf(ticks),
      quantity: instrument.quantityOf(lots),
      fee: moneyToNumber(fee),
      orderRef: this.#refOf(orderId),
    });
    this.#carryOut(outcome, ctx);
  }

  onStop(ctx: StrategyContext): void {
    this.#show(ctx);
    this.#carryOut(this.#vm.stop(), ctx);
  }

  [Symbol.dispose](): void {
    this.#vm[Symbol.dispose]();
  }

  /** Between two fills Lua itself works out what the price makes of the account. */
  #show(ctx: StrategyContext): void {
    if (ctx.fillCount === this.#fillCount) return;
    const { position, instrument, unrealizedPnl, realizedPnl, cash, equity } = ctx;
    this.#vm.setAccount({
      side: position?.side ?? 'Flat',
      quantity: position === undefined ? 0 : instrument.quantityOf(position.lots),
      entryPrice: position === undefined ? 0 : entryPriceOf(position, instrument),
      unrealizedPnl,
      realizedPnl,
      cash,
      equity,
    });
    this.#fillCount = ctx.fillCount;
  }

  #carryOut({ effects, error }: StrategyOutcome, ctx: StrategyContext): void {
    for (const effect of effects) this.#carryOutOne(effect, ctx);
    if (error !== undefined) throw error;
  }

  #carryOutOne(effect: StrategyEffect, ctx: StrategyContext): void {
    switch (effect.kind) {
      case 'transition':
        ctx.note({ kind: 'StateTransition', from: effect.from, to: effect.to, reason: effect.reason });
        return;
      case 'log':
        ctx.note({ kind: 'StrategyLogged', level: effect.level, message: effect.message });
        return;
      case 'cancel':
        ctx.act({
          kind: 'Cancel',
          orderId: effect.target === undefined ? undefined : this.#orderIdOf(effect.target),
          reason: effect.reason,
        });
        return;
      default:
        ctx.act({
          kind: ACTION_KINDS[effect.kind],
          quantity: effect.quantity,
          limitPrice: effect.limit,
          stopPrice: effect.stop,
          reason: effect.reason,
          orderId: this.#orderIdOf(effect.ref),
        });
    }
  }

  // The VM counts its orders as o1, o2, ….
  #orderIdOf(ref: string): string {
    return `${this.#orderIdPrefix}-${ref.slice(1)}`;
  }

  #refOf(orderId: string): string {
    return `o${orderId.slice(this.#orderIdPrefix.length + 1)}`;
  }
}
