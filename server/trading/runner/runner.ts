import { mediaClock } from '../../runtime/clock.ts';
import type { JsonObject } from '../../runtime/json.ts';
import { parseExecutionOptions } from '../broker/execution-options.ts';
import { Instrument } from '../broker/instrument.ts';
import { type Money, toMoney } from '../broker/money.ts';
import type { Order } from '../broker/order.ts';
import { PaperBroker } from '../broker/paper-broker.ts';
import { type OpenPosition, TradingAccount } from '../broker/trading-account.ts';
import { LuaError } from '../lua/lua-error.ts';
import type { StrategySnapshot, StrategyTick } from '../lua/strategy-types.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { TickMonitor } from '../market/tick-monitor.ts';
import type { EngineRisk, RunnerStand } from '../risk/engine-risk.ts';
import { RiskGate } from '../risk/risk-gate.ts';
import { decodeState, encodeState } from '../session/encode-state.ts';
import { LuaStrategy } from '../session/lua-strategy.ts';
import { type RunEvent, StrategyRun } from '../session/strategy-run.ts';
import { TradingSession, type TradingSessionState } from '../session/trading-session.ts';
import type { RunnerBlueprint } from './runner-blueprint.ts';
import type { RunnerEvent, RunnerFault } from './runner-event.ts';
import type { RunnerRemains } from './runner-messages.ts';
import { type RunnerFigures, RunnerStatistics } from './runner-statistics.ts';

/** The inside of a runner between two ticks: all of it belongs together. Plain data. */
export interface RunnerView {
  /** The strategy's state. */
  readonly state: string;
  /** What the strategy keeps with `ctx.set`. */
  readonly context: JsonObject;
  readonly position: OpenPosition | undefined;
  /** The last price in ticks of the instrument; undefined before the first. */
  readonly markTicks: number | undefined;
  readonly realizedPnl: Money;
  readonly unrealizedPnl: Money;
  readonly equity: Money;
  readonly feesPaid: Money;
  /** Realized and unrealized since 00:00 UTC of exchange time. */
  readonly dailyPnl: Money;
  readonly peakEquity: Money;
  readonly openOrders: readonly Order[];
  readonly lastTick: MarketTick | undefined;
  readonly windowLength: number;
  readonly figures: RunnerFigures;
  /** Since it was started last. */
  readonly uptimeUs: number;
}

/** What a runner that goes on is told of the one before. */
export interface RunnerPast {
  readonly state: JsonObject;
  /** Another strategy begins without the state of the one before; the account and the counts stay. */
  readonly isSameStrategy: boolean;
}

/**
 * One strategy on one symbol with its account, broker and risk gate. It knows no graph and no thread: ticks go in, events
 * come out. The constructor throws LuaError for code that does not load and FIELD_INVALID for settings that cannot be.
 */
export class Runner implements Disposable {
  readonly #blueprint: RunnerBlueprint;
  readonly #strategy: LuaStrategy;
  readonly #session: TradingSession;
  readonly #run: StrategyRun;
  readonly #monitor = new TickMonitor();
  readonly #statistics = new RunnerStatistics();
  readonly #gate: RiskGate;
  readonly #startedUs = mediaClock.nowUs();
  #lastTick: MarketTick | undefined;
  #isStarted = false;

  constructor(blueprint: RunnerBlueprint, engine: EngineRisk, past?: RunnerPast) {
    const { runnerId, code, parameters, windowSize, seed, limits, grantPatterns } = blueprint;
    this.#blueprint = blueprint;
    const instrument = new Instrument(blueprint.instrument);
    const execution = parseExecutionOptions(blueprint.execution);
    const cash = toMoney(execution.initialCash, 'execution.initial_cash');
    const kept = past?.state;
    this.#strategy = new LuaStrategy({
      code,
      parameters,
      windowSize,
      seed,
      grantPatterns,
      symbol: instrument.symbol,
      orderIdPrefix: runnerId,
      ...(past?.isSameStrategy && { snapshot: kept?.strategy as StrategySnapshot }),
    });
    this.#gate = new RiskGate(runnerId, limits, cash, engine);
    this.#session = new TradingSession({
      account: new TradingAccount(instrument, cash),
      adapter: new PaperBroker(instrument, execution),
      gate: this.#gate,
      orderIdPrefix: runnerId,
    });
    if (past !== undefined && kept !== undefined) {
      this.#session.goOn(decodeState<TradingSessionState>(kept.session as JsonObject));
      this.#statistics.goOn(kept.counts as JsonObject);
      this.#lastTick = kept.last_tick as MarketTick | undefined;
      // What was processed already must not be processed again.
      if (this.#lastTick !== undefined) this.#monitor.judge(this.#lastTick);
      this.#isStarted = past.isSameStrategy;
    }
    this.#run = new StrategyRun(this.#session, this.#strategy);
  }

  /** Why it cannot go on: the strategy's machine broke. */
  get isDead(): boolean {
    return this.#strategy.isDead;
  }

  /** `on_start`, once in the life of a run: a runner that goes on has had it. */
  start(): RunnerEvent[] {
    if (this.#isStarted) return [];
    this.#isStarted = true;
    return this.#told(this.#run.start());
  }

  /**
   * One tick of its symbol, which must not change afterwards; `receivedUs` is when it reached this machine. Ticks that
   * are invalid, late or there twice are counted and not processed.
   */
  onTick(tick: MarketTick, receivedUs: number): RunnerEvent[] {
    if (!this.#isRegular(tick)) return [];
    const beganUs = mediaClock.nowUs();
    const events = this.#run.onTick(tick);
    const endedUs = mediaClock.nowUs();
    this.#lastTick = tick;
    this.#statistics.tick(endedUs - beganUs, endedUs - receivedUs);
    return [{ kind: 'TickReceived', tick }, ...this.#told(events)];
  }

  /** `on_stop`, and its open orders are taken back. */
  stop(reason: string): RunnerEvent[] {
    return this.#told(this.#run.stop(reason));
  }

  /** What the limits of all runners together look at. */
  stand(): RunnerStand {
    return this.#gate.stand();
  }

  view(): RunnerView {
    const { account, markTicks, unrealizedPnl, equity, openOrders, risk } = this.#session;
    const { ticksProcessed } = this.#statistics.counts;
    return {
      ...this.#strategy.view(),
      position: account.position,
      markTicks,
      realizedPnl: account.realizedPnl,
      unrealizedPnl,
      equity,
      feesPaid: account.feesPaid,
      dailyPnl: risk.dailyPnl,
      peakEquity: risk.peakEquity,
      openOrders,
      lastTick: this.#lastTick,
      windowLength: Math.min(ticksProcessed, this.#blueprint.windowSize),
      figures: this.#statistics.figures(),
      uptimeUs: mediaClock.nowUs() - this.#startedUs,
    };
  }

  /** The newest `count` ticks or bars of its window, the oldest first. */
  history(count: number): StrategyTick[] {
    return this.#strategy.history(count);
  }

  /** What can be looked at when it is gone; undefined where its machine broke. */
  remains(ticks: number): RunnerRemains | undefined {
    return this.isDead ? undefined : { view: this.view(), ticks: this.history(ticks) };
  }

  /** For `RunnerPast.state`. Throws LuaError where the strategy's memory cannot be kept. */
  state(): JsonObject {
    return {
      strategy: this.#strategy.snapshot(),
      session: encodeState(this.#session.state()),
      counts: this.#statistics.state(),
      ...(this.#lastTick !== undefined && { last_tick: encodeState(this.#lastTick) }),
    };
  }

  [Symbol.dispose](): void {
    this.#gate[Symbol.dispose]();
    this.#strategy[Symbol.dispose]();
  }

  #isRegular(tick: MarketTick): boolean {
    const { counts } = this.#statistics;
    switch (this.#monitor.judge(tick)) {
      case 'gap':
        counts.gaps++;
        return true;
      case 'out_of_order':
        counts.ticksOutOfOrder++;
        return false;
      case 'duplicate':
        counts.ticksDuplicate++;
        return false;
      case 'invalid':
        counts.ticksInvalid++;
        return false;
      default:
        return true;
    }
  }

  #told(events: readonly RunEvent[]): RunnerEvent[] {
    this.#statistics.count(events);
    return events.map((event) => {
      if (event.kind === 'StrategyFault') return faultOf(event.error);
      if (event.kind !== 'ActionInvalid') return event;
      return {
        kind: 'RunnerFault',
        message: event.message,
        code: 'STRATEGY_FAILED',
        line: 0,
        severity: 'error',
      };
    });
  }
}

function faultOf(error: unknown): RunnerFault {
  if (!(error instanceof LuaError)) throw error;
  const { message, code, line } = error;
  const severity = code === 'dead' ? 'critical' : 'error';
  return { kind: 'RunnerFault', message: `${code}: ${message}`, code: 'STRATEGY_FAILED', line, severity };
}
