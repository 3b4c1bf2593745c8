import type { RuntimeContext } from '../runtime/processor.ts';

/** How often a source is called that keeps to a pace of its own, in microseconds. */
export const SOURCE_INTERVAL_US = 1000;

/**
 * Has a source that goes as fast as its links take it called as often as possible while somebody takes what it makes,
 * and once a millisecond otherwise.
 */
export class CallPace {
  #isFast = false;

  /** Called in each `process`. */
  set(isFast: boolean, ctx: Pick<RuntimeContext, 'setIntervalUs'>): void {
    if (isFast === this.#isFast) return;
    this.#isFast = isFast;
    ctx.setIntervalUs(isFast ? 0 : SOURCE_INTERVAL_US);
  }
}
