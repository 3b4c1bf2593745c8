/*
 * Durations counted in log-linear buckets, as HdrHistogram has them (http://hdrhistogram.org): 16 to each octave.
 *
 *   units of 1/256 µs   0 1 2 … 31 │ 32 34 36 … 62 │ 64 68 … 124 │ 128 …          up to 2^27 µs, 134 s
 *   bucket              0 1 2 … 31 │ 32 33 34 … 47 │ 48 49 … 63  │ 64 …   … 511
 *
 * A bucket is at most 1/16 as wide as its lower bound, and stands for its middle: the error is at most 1/32, 3.2 %, from
 * 100 ns on. Longer durations lie in the last bucket.
 */

/** How many buckets there are. */
export const LATENCY_BUCKETS = 512;

const UNITS_PER_US = 256;
const UNITS_LOG2 = 8;
const LONGEST_UNITS = 2 ** 31;
const LONGEST_US = 2 ** 27;

/** The bucket of a duration; the first for negative ones. */
export function latencyBucketOf(durationUs: number): number {
  if (!(durationUs > 0)) return 0;
  if (durationUs >= LONGEST_US) return LATENCY_BUCKETS - 1;
  const units = durationUs * UNITS_PER_US;
  if (units < LONGEST_UNITS) {
    const whole = units | 0;
    if (whole < 32) return whole;
    const octave = 27 - Math.clz32(whole);
    return (octave << 4) + (whole >> octave);
  }
  // NB: units of a microsecond, since more would not fit into a word.
  const whole = durationUs | 0;
  const octave = 27 - Math.clz32(whole);
  return ((octave + UNITS_LOG2) << 4) + (whole >> octave);
}

/** The middle of a bucket, microseconds. */
export function latencyOfBucket(bucket: number): number {
  if (bucket < 32) return (bucket + 0.5) / UNITS_PER_US;
  const octave = (bucket >> 4) - 1;
  return (((bucket & 15) + 16.5) * 2 ** octave) / UNITS_PER_US;
}

/** Up to which duration the given shares of all lie, microseconds; 0 of nothing. `shares` rise. */
export function latencyPercentiles(buckets: Float64Array, shares: readonly number[]): number[] {
  // NB: copied first, since its writer goes on meanwhile and the sum has to be that of the parts.
  const counts = buckets.slice();
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return shares.map(() => 0);
  let bucket = 0;
  let passed = counts[0] as number;
  return shares.map((share) => {
    while (passed < total * share && bucket < counts.length - 1) passed += counts[++bucket] as number;
    return latencyOfBucket(bucket);
  });
}

/** How long something took, at one moment. */
export interface LatencySummary {
  /** How many durations that were, or that those stand for which were measured. */
  readonly count: number;
  readonly sumUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** The summary of buckets whose count, sum and maximum are known exactly. */
export function summarizeLatency(
  buckets: Float64Array,
  { count, sumUs, maxUs }: Pick<LatencySummary, 'count' | 'sumUs' | 'maxUs'>,
): LatencySummary {
  const [p50 = 0, p90 = 0, p99 = 0] = latencyPercentiles(buckets, [0.5, 0.9, 0.99]);
  const atMost = (us: number) => Math.min(us, maxUs);
  return { count, sumUs, p50Us: atMost(p50), p90Us: atMost(p90), p99Us: atMost(p99), maxUs };
}
