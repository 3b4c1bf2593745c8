import { absMoney, type Money } from '../broker/money.ts';
import { checkOrder, type ProposedOrder, type Refusal, type RiskScope } from './check-order.ts';
import { type EngineMode, type EngineModeState, INITIAL_ENGINE_MODE } from './engine-mode.ts';
import { type RiskFigures, RiskHistory, type RiskHistoryState } from './risk-history.ts';
import { type CompiledLimits, compileLimits, type TradingLimits } from './trading-limits.ts';

/** What a runner holds, as it last said. */
interface RunnerStand {
  equity: Money;
  positionValue: Money;
}

/**
 * What all runners of an engine have in common: its mode, its limits, and equity and positions of all together. Each
 * runner has a gate of its own, which asks here as well.
 */
export class EngineRisk {
  #mode: EngineModeState = INITIAL_ENGINE_MODE;
  #limits: CompiledLimits = compileLimits({});
  readonly #runners = new Map<string, RunnerStand>();
  readonly #history = new RiskHistory(0n);
  #equity: Money = 0n;
  #positionsValue: Money = 0n;

  get mode(): EngineMode {
    return this.#mode.mode;
  }

  get modeState(): EngineModeState {
    return this.#mode;
  }

  /** Takes the state over that `setEngineMode` gave. */
  set modeState(state: EngineModeState) {
    this.#mode = state;
  }

  /** Puts these limits in the place of all the engine's. Throws FIELD_INVALID. */
  setLimits(limits: TradingLimits): void {
    this.#limits = compileLimits(limits);
  }

  /** How a runner stands. Its first report brings its equity in as it is, and not as a profit. */
  onRunner(runnerId: string, timeMs: number, equity: Money, positionValue: Money): void {
    const stand = this.#runners.get(runnerId);
    if (stand === undefined) {
      this.#runners.set(runnerId, { equity, positionValue: absMoney(positionValue) });
      this.#equity += equity;
      this.#positionsValue += absMoney(positionValue);
      this.#history.deposit(equity);
      return;
    }
    this.#equity += equity - stand.equity;
    this.#positionsValue += absMoney(positionValue) - stand.positionValue;
    stand.equity = equity;
    stand.positionValue = absMoney(positionValue);
    this.#history.onEquity(timeMs, this.#equity);
  }

  /** Takes a runner and its equity out; that is no loss. */
  removeRunner(runnerId: string): void {
    const stand = this.#runners.get(runnerId);
    if (stand === undefined) return;
    this.#runners.delete(runnerId);
    this.#equity -= stand.equity;
    this.#positionsValue -= stand.positionValue;
    this.#history.deposit(-stand.equity);
  }

  onOrder(timeMs: number): void {
    this.#history.onOrder(timeMs);
  }

  /** The engine's limits as an order of this runner meets them. */
  scope(runnerId: string, timeMs: number): RiskScope {
    const own = this.#runners.get(runnerId)?.positionValue ?? 0n;
    return {
      name: 'engine',
      limits: this.#limits,
      figures: this.#history.figures(timeMs),
      otherPositionsValue: this.#positionsValue - own,
    };
  }
}

/** Stands before every order of one runner, and lets through what its own limits and the engine's allow. */
export class RiskGate {
  readonly #runnerId: string;
  readonly #limits: CompiledLimits;
  readonly #history: RiskHistory;
  readonly #engine: EngineRisk;

  /** Throws FIELD_INVALID for limits that are none. */
  constructor(runnerId: string, limits: TradingLimits, initialEquity: Money, engine: EngineRisk) {
    this.#runnerId = runnerId;
    this.#limits = compileLimits(limits);
    this.#history = new RiskHistory(initialEquity);
    this.#engine = engine;
    engine.onRunner(runnerId, Number.NEGATIVE_INFINITY, initialEquity, 0n);
  }

  get mode(): EngineMode {
    return this.#engine.mode;
  }

  /** How the runner stands at a price; called for every tick and after every fill. */
  onEquity(timeMs: number, equity: Money, positionValue: Money): void {
    this.#history.onEquity(timeMs, equity);
    this.#engine.onRunner(this.#runnerId, timeMs, equity, positionValue);
  }

  /** How the runner stands against its own past, as of a time. */
  figures(timeMs: number): RiskFigures {
    return this.#history.figures(timeMs);
  }

  state(): RiskHistoryState {
    return this.#history.state();
  }

  /** Goes on where another gate of the runner was. That is neither profit nor loss for the engine. */
  goOn(state: RiskHistoryState, positionValue: Money): void {
    this.#history.goOn(state);
    this.#engine.removeRunner(this.#runnerId);
    this.#engine.onRunner(this.#runnerId, Number.NEGATIVE_INFINITY, state.equity, positionValue);
  }

  /** Why an order must not be sent; undefined where it may, and then it counts for the rate. */
  admit(order: ProposedOrder, timeMs: number): Refusal | undefined {
    const own: RiskScope = {
      name: 'runner',
      limits: this.#limits,
      figures: this.#history.figures(timeMs),
      otherPositionsValue: 0n,
    };
    const refusal = checkOrder(order, this.#engine.mode, [own, this.#engine.scope(this.#runnerId, timeMs)]);
    if (refusal !== undefined) return refusal;
    this.#history.onOrder(timeMs);
    this.#engine.onOrder(timeMs);
    return undefined;
  }
}
