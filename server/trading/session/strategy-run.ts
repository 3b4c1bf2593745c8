import { moneyToNumber } from '../broker/money.ts';
import type { Fill } from '../broker/order.ts';
import { isBar, type MarketTick } from '../market/market-tick.ts';
import type { SessionEvent, StrategyNote } from './session-event.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import type { StrategyAction } from './strategy-action.ts';
import type { TradingSession } from './trading-session.ts';

/** A callback of the strategy threw. */
export interface StrategyFault {
  readonly kind: 'StrategyFault';
  readonly callback: keyof Strategy;
  readonly error: unknown;
}

/** What happened within one call, in order. */
export type RunEvent = SessionEvent | StrategyNote | StrategyFault;

/** The most a strategy may ask for at one tick; what is beyond, as of one that buys at each of its fills, is refused. */
const ACTIONS_PER_TICK = 1000;

/**
 * A strategy at work in its session: it is shown ticks and fills, and what it asks for is carried out. Runners and
 * backtests both are this, so that they agree. Ticks must be valid and in order.
 */
export class StrategyRun {
  readonly session: TradingSession;
  readonly #strategy: Strategy;
  readonly #context: StrategyContext;
  #events: RunEvent[] = [];
  /** Executions that the strategy has not been shown yet. */
  #fills: Fill[] = [];
  #nowMs = 0;
  #actions = 0;
  #fillCount = 0;

  constructor(session: TradingSession, strategy: Strategy) {
    this.session = session;
    this.#strategy = strategy;
    this.#context = this.#createContext();
  }

  start(): readonly RunEvent[] {
    return this.#during(() => this.#call('onStart', () => this.#strategy.onStart?.(this.#context)));
  }

  /** One tick: what waits may fill, the strategy acts, and the open position has its new price. */
  onTick(tick: MarketTick): readonly RunEvent[] {
    return this.#during(() => {
      this.#nowMs = tick.timestampMs;
      this.#actions = 0;
      this.#take(this.session.onTick(tick));
      this.#showFills();
      this.#showTick(tick);
      this.#showFills();
      this.#updatePosition();
    });
  }

  /** Ends the strategy and takes its open orders back. */
  stop(reason: string): readonly RunEvent[] {
    return this.#during(() => {
      this.#call('onStop', () => this.#strategy.onStop?.(this.#context));
      this.#take(this.session.cancelAll(reason));
    });
  }

  #during(work: () => void): readonly RunEvent[] {
    work();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #showTick(tick: MarketTick): void {
    const strategy = this.#strategy;
    if (strategy.onBar !== undefined && isBar(tick))
      this.#call('onBar', () => strategy.onBar?.(tick, this.#context));
    else this.#call('onTick', () => strategy.onTick?.(tick, this.#context));
  }

  #showFills(): void {
    // A fill may be answered with an order that fills at once: the list grows while it is read.
    for (const fill of this.#fills) this.#call('onFill', () => this.#strategy.onFill?.(fill, this.#context));
    if (this.#fills.length > 0) this.#fills = [];
  }

  /** What a fill of this tick made of the position is told already. */
  #updatePosition(): void {
    if (this.#events.some(({ kind }) => kind.startsWith('Position'))) return;
    const update = this.session.positionUpdate();
    if (update !== undefined) this.#events.push(update);
  }

  #call(callback: keyof Strategy, call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#events.push({ kind: 'StrategyFault', callback, error });
    }
  }

  #act(action: StrategyAction): void {
    if (++this.#actions <= ACTIONS_PER_TICK) {
      this.#take(this.session.act(action));
      return;
    }
    const message = `a strategy must ask for at most ${ACTIONS_PER_TICK} actions at one tick`;
    this.#events.push({ kind: 'ActionInvalid', action, message });
  }

  #take(events: readonly SessionEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      if (event.kind !== 'OrderFilled') continue;
      this.#fills.push(event.fill);
      this.#fillCount++;
    }
  }

  #createContext(): StrategyContext {
    const { session } = this;
    const nowMs = (): number => this.#nowMs;
    const fillCount = (): number => this.#fillCount;
    return {
      instrument: session.account.instrument,
      get nowMs() {
        return nowMs();
      },
      get position() {
        return session.account.position;
      },
      get equity() {
        return moneyToNumber(session.equity);
      },
      get unrealizedPnl() {
        return moneyToNumber(session.unrealizedPnl);
      },
      get realizedPnl() {
        return moneyToNumber(session.account.realizedPnl);
      },
      get cash() {
        return moneyToNumber(session.account.cash);
      },
      get fillCount() {
        return fillCount();
      },
      get openOrders() {
        return session.openOrders;
      },
      act: (action) => this.#act(action),
      note: (note) => void this.#events.push(note),
    };
  }
}
