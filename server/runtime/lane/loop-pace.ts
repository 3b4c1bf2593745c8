/** How often a loop is called that does not say, in microseconds. */
export const DEFAULT_LOOP_INTERVAL_US = 10;
/** What a short interval may catch up after the thread slept longer than it; a longer one skips what it missed. */
const CATCH_UP_US = 1000;

/** When a `loop` processor is due: at a steady rate on average, although threads sleep no shorter than about 60 µs. */
export class LoopPace {
  #intervalUs: number;
  #dueUs = 0;

  constructor(intervalUs = DEFAULT_LOOP_INTERVAL_US) {
    this.#intervalUs = intervalUs;
  }

  /** From now on; the next call is due as it was, or at once where the interval is 0. */
  set intervalUs(intervalUs: number) {
    this.#intervalUs = intervalUs;
  }

  get dueUs(): number {
    return this.#dueUs;
  }

  /** How many calls are due; any number for an interval of 0. */
  dueCalls(nowUs: number): number {
    if (this.#dueUs === 0) return 1;
    if (this.#intervalUs === 0) return Number.POSITIVE_INFINITY;
    return nowUs < this.#dueUs ? 0 : Math.floor((nowUs - this.#dueUs) / this.#intervalUs) + 1;
  }

  /** Called with the calls of the processor. */
  advance(nowUs: number, calls = 1): void {
    this.#dueUs = (this.#dueUs || nowUs) + this.#intervalUs * calls;
    if (this.#dueUs >= nowUs - CATCH_UP_US) return;
    this.#dueUs = this.#intervalUs > CATCH_UP_US ? nowUs + this.#intervalUs : nowUs - CATCH_UP_US;
  }

  /** Due at once, with nothing to catch up. */
  restart(): void {
    this.#dueUs = 0;
  }
}
