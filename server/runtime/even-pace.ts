/** Lets so many things a second pass on average, and a number of them at once. Whoever asks brings the time. */
export class EvenPace {
  readonly #intervalUs: number;
  readonly #burstUs: number;
  /** When the next one would pass if all came evenly. */
  #evenUs = 0;

  /** `burstSeconds` says how long a silence makes up for: that many seconds' worth may pass at once, and one at least. */
  constructor(perSecond: number, burstSeconds: number) {
    this.#intervalUs = 1e6 / perSecond;
    this.#burstUs = burstSeconds * 1e6;
  }

  isDue(nowUs: number): boolean {
    return nowUs >= this.#evenUs - this.#burstUs;
  }

  /** One has passed. */
  advance(nowUs: number): void {
    this.#evenUs = Math.max(this.#evenUs, nowUs) + this.#intervalUs;
  }
}
