import { CompensatedSum } from './compensated-sum.ts';

/**
 * The mean of the last `size` values, in constant time per value. Values that are not finite numbers are left out:
 * the mean is then that of the values before.
 */
export class WindowAverage {
  readonly #values: Float64Array;
  #count = 0;
  #next = 0;
  #sum = new CompensatedSum();
  /** Only what came since the window began anew; it replaces `#sum` there, so that no error outlives a window. */
  #fresh = new CompensatedSum();

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  /** Takes a value in and answers the mean; NaN before the first finite value. */
  add(value: number): number {
    if (Number.isFinite(value)) this.#take(value);
    return this.#sum.value / this.#count;
  }

  /** What the mean is taken of, oldest first: a copy. */
  values(): Float64Array {
    const oldest = this.#count === this.#values.length ? this.#next : 0;
    const values = new Float64Array(this.#count);
    for (let i = 0; i < values.length; i++)
      values[i] = this.#values[(oldest + i) % this.#values.length] as number;
    return values;
  }

  #take(value: number): void {
    const size = this.#values.length;
    if (this.#count === size) this.#sum.add(-(this.#values[this.#next] as number));
    else this.#count++;
    this.#values[this.#next] = value;
    this.#sum.add(value);
    this.#fresh.add(value);
    this.#next++;
    if (this.#next < size) return;
    this.#next = 0;
    this.#sum = this.#fresh;
    this.#fresh = new CompensatedSum();
  }
}
