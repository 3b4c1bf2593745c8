/**
 * Mean and standard deviation of the last `size` values, in constant time per value: B. P. Welford, "Note on a method
 * for calculating corrected sums of squares and products", 1962, with the oldest value taken out again. What rounding
 * leaves behind goes when the window has been filled anew, since it is then summed up from the start.
 */
export class RollingMoments {
  readonly #values: Float64Array;
  #count = 0;
  #next = 0;
  #mean = 0;
  #squares = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  get count(): number {
    return this.#count;
  }

  /** 0 before the first value. */
  get mean(): number {
    return this.#mean;
  }

  /** Of a sample: divided by one less than the count. NaN below two values. */
  get deviation(): number {
    return this.#count < 2 ? NaN : Math.sqrt(Math.max(0, this.#squares) / (this.#count - 1));
  }

  /** A finite value. */
  add(value: number): void {
    const size = this.#values.length;
    const oldest = this.#values[this.#next] as number;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % size;
    if (this.#count < size) {
      this.#count++;
      const away = value - this.#mean;
      this.#mean += away / this.#count;
      this.#squares += away * (value - this.#mean);
    } else if (this.#next === 0) this.#sumUp();
    else {
      const before = this.#mean;
      this.#mean += (value - oldest) / size;
      this.#squares += (value - oldest) * (value - this.#mean + oldest - before);
    }
  }

  /** Oldest first: a copy. */
  values(): Float64Array {
    const oldest = this.#count === this.#values.length ? this.#next : 0;
    return Float64Array.from(
      { length: this.#count },
      (_, i) => this.#values[(oldest + i) % this.#values.length] as number,
    );
  }

  #sumUp(): void {
    const size = this.#values.length;
    this.#mean = this.#values.reduce((sum, each) => sum + each, 0) / size;
    this.#squares = this.#values.reduce((sum, each) => sum + (each - this.#mean) ** 2, 0);
  }
}
