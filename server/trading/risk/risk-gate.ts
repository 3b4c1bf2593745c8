import { absMoney, type Money } from '../broker/money.ts';
import { checkOrder, type ProposedOrder, type Refusal, type RiskScope } from './check-order.ts';
import type { EngineMode } from './engine-mode.ts';
import type { EngineMember, EngineRisk, RunnerStand } from './engine-risk.ts';
import { type RiskFigures, RiskHistory, type RiskHistoryState } from './risk-history.ts';
import { type CompiledLimits, compileLimits, type TradingLimits } from './trading-limits.ts';

/** Stands before every order of one runner, and lets through what its own limits and the engine's allow. */
export class RiskGate implements EngineMember, Disposable {
  readonly #runnerId: string;
  readonly #limits: CompiledLimits;
  readonly #history: RiskHistory;
  readonly #engine: EngineRisk;
  #positionValue: Money = 0n;
  #nowMs = Number.NEGATIVE_INFINITY;

  /** Joins the engine until it is disposed. Throws FIELD_INVALID for limits that are none. */
  constructor(runnerId: string, limits: TradingLimits, initialEquity: Money, engine: EngineRisk) {
    this.#runnerId = runnerId;
    this.#limits = compileLimits(limits);
    this.#history = new RiskHistory(initialEquity);
    this.#engine = engine;
    engine.addRunner(runnerId, this);
  }

  get mode(): EngineMode {
    return this.#engine.mode;
  }

  /** The engine time of a tick, which may end a day or a minute although nothing is held. */
  onTime(timeMs: number): void {
    this.#nowMs = timeMs;
  }

  /** How the runner stands at a price; called while it holds a position, and after every fill. */
  onEquity(timeMs: number, equity: Money, positionValue: Money): void {
    this.#history.onEquity(timeMs, equity);
    this.#positionValue = positionValue;
  }

  /** How the runner stands against its own past, as of a time. */
  figures(timeMs: number): RiskFigures {
    return this.#history.figures(timeMs);
  }

  /** As of the latest time that it saw. */
  stand(): RunnerStand {
    const { dailyPnl, peakEquity, ordersInLastMinute } = this.#history.figures(this.#nowMs);
    const positionsValue = absMoney(this.#positionValue);
    return { equity: this.#history.equity, positionsValue, dailyPnl, peakEquity, ordersInLastMinute };
  }

  state(): RiskHistoryState {
    return this.#history.state();
  }

  /** Goes on where another gate of the runner was. */
  goOn(state: RiskHistoryState, positionValue: Money): void {
    this.#history.goOn(state);
    this.#positionValue = positionValue;
  }

  /** Why an order must not be sent; undefined where it may, and then it counts for the rate. */
  admit(order: ProposedOrder, timeMs: number): Refusal | undefined {
    const own: RiskScope = {
      name: 'runner',
      limits: this.#limits,
      figures: this.#history.figures(timeMs),
      otherPositionsValue: 0n,
    };
    const engine = this.#engine;
    const scopes = engine.isLimited ? [own, engine.scope(this.#runnerId, timeMs)] : [own];
    const refusal = checkOrder(order, engine.mode, scopes);
    if (refusal !== undefined) return refusal;
    this.#history.onOrder(timeMs);
    engine.onOrder(timeMs);
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#engine.removeRunner(this.#runnerId, this);
  }
}
