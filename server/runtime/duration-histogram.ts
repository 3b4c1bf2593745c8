/** A distribution of durations in microseconds. */
export interface DurationSummary {
  readonly count: number;
  readonly sumUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

const PARTS = 16;
const LOG2_PARTS = 4;
const POWERS = 40;

/**
 * Durations in buckets, 16 to each power of two, so that percentiles are right to one part in 16. Recording one costs
 * the same however many there are.
 */
export class DurationHistogram {
  readonly #buckets = new Float64Array(POWERS * PARTS);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  record(durationUs: number): void {
    const us = Math.max(0, durationUs);
    this.#count++;
    this.#sumUs += us;
    this.#maxUs = Math.max(this.#maxUs, us);
    const bucket = bucketOf(us);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  summary(): DurationSummary {
    return {
      count: this.#count,
      sumUs: this.#sumUs,
      p50Us: this.#percentile(0.5),
      p90Us: this.#percentile(0.9),
      p99Us: this.#percentile(0.99),
      maxUs: this.#maxUs,
    };
  }

  #percentile(share: number): number {
    let rest = Math.ceil(this.#count * share);
    if (rest === 0) return 0;
    for (const [bucket, count] of this.#buckets.entries()) {
      rest -= count;
      if (rest <= 0) return Math.min(endOf(bucket), this.#maxUs);
    }
    return this.#maxUs;
  }
}

/** Whole microseconds up to 32 have a bucket each; above, a power of two has 16. */
function bucketOf(us: number): number {
  const whole = Math.floor(us);
  if (whole < PARTS) return whole;
  const power = Math.floor(Math.log2(whole));
  const part = Math.floor(whole / 2 ** (power - LOG2_PARTS)) - PARTS;
  return Math.min((power - LOG2_PARTS + 1) * PARTS + part, POWERS * PARTS - 1);
}

/** Where a bucket ends, its end excluded. */
function endOf(bucket: number): number {
  if (bucket < PARTS) return bucket + 1;
  const power = Math.floor(bucket / PARTS) - 1;
  return ((bucket % PARTS) + PARTS + 1) * 2 ** power;
}
