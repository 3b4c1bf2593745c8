import type { MediaClock } from '../runtime/clock.ts';

/** How late a source may be and still catch up; after a longer stop (a pause, a busy lane) it goes on from now. */
const CATCH_UP_US = 500_000;

/**
 * Lets a source run at the pace of the clock. Periods follow one another without drift, however irregularly
 * `take` is called.
 */
export class Pacer {
  readonly #clock: MediaClock;
  #dueUs: number | undefined;

  constructor(clock: MediaClock) {
    this.#clock = clock;
  }

  /** Whether a period is due now; if so, the next one is due `periodUs` later. The first is due at once. */
  take(periodUs: number): boolean {
    const nowUs = this.#clock.nowUs();
    const dueUs = this.#dueUs ?? nowUs;
    if (nowUs < dueUs) return false;
    this.#dueUs = (nowUs - dueUs > CATCH_UP_US ? nowUs : dueUs) + periodUs;
    return true;
  }
}
