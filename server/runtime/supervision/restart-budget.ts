/** How many restarts the whole graph may have within a sliding window. */
export interface RestartBudgetLimits {
  /** From 1 on; 0 allows none at all. */
  readonly restarts: number;
  readonly windowMs: number;
}

/**
 * Enough for a lane with a hundred processors that is lost once, and little enough that a graph of which every part
 * fails at once comes to rest.
 */
export const DEFAULT_RESTART_BUDGET: RestartBudgetLimits = { restarts: 100, windowMs: 10_000 };

/** Ends restart storms: counts the restarts of the whole graph, whoever they are of. */
export class RestartBudget {
  readonly limits: RestartBudgetLimits;
  #grantedAtMs: number[] = [];
  #isExhausted = false;

  constructor(limits: RestartBudgetLimits) {
    this.limits = limits;
  }

  /**
   * Whether one more restart is possible, which then counts; `exhausted` is the first that is not, and `denied` those
   * that follow until one is again.
   */
  take(nowMs: number): 'granted' | 'exhausted' | 'denied' {
    this.#grantedAtMs = this.#grantedAtMs.filter((atMs) => nowMs - atMs < this.limits.windowMs);
    if (this.#grantedAtMs.length < this.limits.restarts) {
      this.#grantedAtMs.push(nowMs);
      this.#isExhausted = false;
      return 'granted';
    }
    const isFirst = !this.#isExhausted;
    this.#isExhausted = true;
    return isFirst ? 'exhausted' : 'denied';
  }
}
