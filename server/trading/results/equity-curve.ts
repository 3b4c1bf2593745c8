/** The account at one instant. */
export interface EquityPoint {
  /** Milliseconds since the Unix epoch (UTC). */
  readonly timestampMs: number;
  readonly equity: number;
  /** How far it is below its highest point so far, 0 to 1. */
  readonly drawdownFraction: number;
  /** Units of the symbol, negative when short. */
  readonly positionQuantity: number;
  readonly price: number;
}

const NUMBERS_PER_POINT = 5;
const FIRST_CAPACITY_POINTS = 1024;

/** The account over time, one point per tick: 40 bytes each. Times do not go backwards. */
export class EquityCurve {
  readonly initialEquity: number;
  #values = new Float64Array(FIRST_CAPACITY_POINTS * NUMBERS_PER_POINT);
  #length = 0;
  #peak: number;

  constructor(initialEquity: number) {
    this.initialEquity = initialEquity;
    this.#peak = initialEquity;
  }

  get length(): number {
    return this.#length;
  }

  push(timestampMs: number, equity: number, positionQuantity: number, price: number): void {
    const at = this.#length * NUMBERS_PER_POINT;
    if (at === this.#values.length) this.#grow();
    if (equity > this.#peak) this.#peak = equity;
    const values = this.#values;
    values[at] = timestampMs;
    values[at + 1] = equity;
    values[at + 2] = this.#peak > 0 ? (this.#peak - equity) / this.#peak : 0;
    values[at + 3] = positionQuantity;
    values[at + 4] = price;
    this.#length++;
  }

  /** One point, from 0. */
  at(index: number): EquityPoint {
    const at = index * NUMBERS_PER_POINT;
    const [timestampMs, equity, drawdownFraction, positionQuantity, price] = this.#values.subarray(
      at,
      at + NUMBERS_PER_POINT,
    ) as unknown as [number, number, number, number, number];
    return { timestampMs, equity, drawdownFraction, positionQuantity, price };
  }

  timestampMs(index: number): number {
    return this.#values[index * NUMBERS_PER_POINT] as number;
  }

  equity(index: number): number {
    return this.#values[index * NUMBERS_PER_POINT + 1] as number;
  }

  drawdownFraction(index: number): number {
    return this.#values[index * NUMBERS_PER_POINT + 2] as number;
  }

  isOpen(index: number): boolean {
    return this.#values[index * NUMBERS_PER_POINT + 3] !== 0;
  }

  price(index: number): number {
    return this.#values[index * NUMBERS_PER_POINT + 4] as number;
  }

  /** At most so many points, evenly thinned; the first and the last are always there. */
  points(most = Number.POSITIVE_INFINITY): EquityPoint[] {
    if (most <= 0 || this.#length === 0) return [];
    const count = Math.min(most, this.#length);
    if (count === 1) return [this.at(this.#length - 1)];
    const step = (this.#length - 1) / (count - 1);
    return Array.from({ length: count }, (_, i) => this.at(Math.round(i * step)));
  }

  /** All of it as bytes, little-endian: equal curves have equal bytes. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset } = this.#values;
    return new Uint8Array(buffer, byteOffset, this.#length * NUMBERS_PER_POINT * 8);
  }

  #grow(): void {
    const values = new Float64Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
  }
}
