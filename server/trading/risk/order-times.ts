const MINUTE_MS = 60_000;

/**
 * When orders were sent, as far as the last minute goes. Nothing in it reads a clock; time that goes backwards is taken
 * for the latest time seen.
 */
export class OrderTimes {
  #latestMs = Number.NEGATIVE_INFINITY;
  /** Oldest first; those before `#first` are over a minute old. */
  #times: number[] = [];
  #first = 0;

  add(timeMs: number): void {
    this.#advance(timeMs);
    this.#times.push(this.#latestMs);
  }

  /** How many there were in the minute before a time. */
  countAt(timeMs: number): number {
    this.#advance(timeMs);
    return this.#times.length - this.#first;
  }

  /** Those of the last minute, oldest first. */
  get times(): readonly number[] {
    return this.#times.slice(this.#first);
  }

  goOn(times: readonly number[]): void {
    this.#times = [...times];
    this.#first = 0;
  }

  #advance(timeMs: number): void {
    if (timeMs <= this.#latestMs) return;
    this.#latestMs = timeMs;
    const times = this.#times;
    while (this.#first < times.length && (times[this.#first] as number) <= timeMs - MINUTE_MS) this.#first++;
    if (this.#first < 64 || this.#first < times.length / 2) return;
    this.#times = times.slice(this.#first);
    this.#first = 0;
  }
}
