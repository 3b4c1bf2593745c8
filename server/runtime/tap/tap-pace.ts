/** How far ahead of an even rate frames may be shown, so that a steady stream that jitters is shown whole. */
const BURST_US = 100_000;

/** Decides which frames are shown: at most so many a second on average, and a tenth of a second's at once. */
export class TapPace {
  readonly #intervalUs: number;
  /** When the next frame would be shown if all came evenly. */
  #evenUs = 0;

  constructor(maxRate: number) {
    this.#intervalUs = 1e6 / maxRate;
  }

  isDue(nowUs: number): boolean {
    return nowUs >= this.#evenUs - BURST_US;
  }

  /** A frame is shown. */
  advance(nowUs: number): void {
    this.#evenUs = Math.max(this.#evenUs, nowUs) + this.#intervalUs;
  }
}
