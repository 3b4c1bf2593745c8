import type { Money } from '../broker/money.ts';
import type { RiskScope } from './check-order.ts';
import { type EngineMode, type EngineModeState, INITIAL_ENGINE_MODE } from './engine-mode.ts';
import { OrderTimes } from './order-times.ts';
import { fallFraction } from './risk-history.ts';
import { type CompiledLimits, compileLimits, type TradingLimits } from './trading-limits.ts';

/** How runners stand: one of them, or several together. */
export interface RunnerStand {
  readonly equity: Money;
  /** The sum of the values of positions, long or short. */
  readonly positionsValue: Money;
  /** Realized and unrealized since 00:00 UTC. */
  readonly dailyPnl: Money;
  /** The highest equity so far; of several, the sum of their own. */
  readonly peakEquity: Money;
  readonly ordersInLastMinute: number;
}

/** A runner as its engine sees it. */
export interface EngineMember {
  stand(): RunnerStand;
}

/** Where there are none. */
export const NO_RUNNERS: RunnerStand = {
  equity: 0n,
  positionsValue: 0n,
  dailyPnl: 0n,
  peakEquity: 0n,
  ordersInLastMinute: 0,
};

/**
 * What all runners of an engine have in common: its mode, its limits, and equity and positions of all together. Each
 * runner has a gate of its own, which asks here as well. Those of one thread share one, which knows of the others what it
 * was last told.
 */
export class EngineRisk {
  #mode: EngineModeState = INITIAL_ENGINE_MODE;
  #limits: CompiledLimits = compileLimits({});
  #isLimited = false;
  readonly #members = new Map<string, EngineMember>();
  readonly #orders = new OrderTimes();
  /** Runners of other threads. */
  peers: RunnerStand = NO_RUNNERS;

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

  /** Whether there is any limit that all together are held to. */
  get isLimited(): boolean {
    return this.#isLimited;
  }

  /** Puts these limits in the place of all the engine's. Throws FIELD_INVALID. */
  setLimits(limits: TradingLimits): void {
    this.#limits = compileLimits(limits);
    this.#isLimited = Object.values(limits).some((limit) => limit !== undefined);
  }

  addRunner(runnerId: string, member: EngineMember): void {
    this.#members.set(runnerId, member);
  }

  /** Takes a runner and its equity out; that is no loss. One that took its place meanwhile stays. */
  removeRunner(runnerId: string, member: EngineMember): void {
    if (this.#members.get(runnerId) === member) this.#members.delete(runnerId);
  }

  onOrder(timeMs: number): void {
    this.#orders.add(timeMs);
  }

  /** The engine's limits as an order of this runner meets them. */
  scope(runnerId: string, timeMs: number): RiskScope {
    const stands = [...this.#members.values()].map((member) => member.stand());
    const all = sumOfStands([...stands, this.peers]);
    const own = this.#members.get(runnerId)?.stand().positionsValue ?? 0n;
    return {
      name: 'engine',
      limits: this.#limits,
      figures: {
        ordersInLastMinute: this.#orders.countAt(timeMs) + this.peers.ordersInLastMinute,
        dailyPnl: all.dailyPnl,
        drawdownFraction: fallFraction(all.peakEquity, all.equity),
        peakEquity: all.peakEquity,
      },
      otherPositionsValue: all.positionsValue - own,
    };
  }
}

/** Several together. */
export function sumOfStands(stands: readonly RunnerStand[]): RunnerStand {
  let [equity, positionsValue, dailyPnl, peakEquity] = [0n, 0n, 0n, 0n];
  let ordersInLastMinute = 0;
  for (const stand of stands) {
    equity += stand.equity;
    positionsValue += stand.positionsValue;
    dailyPnl += stand.dailyPnl;
    peakEquity += stand.peakEquity;
    ordersInLastMinute += stand.ordersInLastMinute;
  }
  return { equity, positionsValue, dailyPnl, peakEquity, ordersInLastMinute };
}
