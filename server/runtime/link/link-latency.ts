import {
  LATENCY_BUCKETS,
  type LatencySummary,
  latencyBucketOf,
  summarizeLatency,
} from './latency-buckets.ts';

/*
 * How old frames are when they are read from a link, as f64 words; the lane of the consuming end writes them, anyone
 * reads.
 *
 *   word   0       1        2        3        4 … 515
 *        ┌───────┬────────┬────────┬────────┬────────────────────────┐
 *        │ count │ sum µs │ max µs │ unused │ see latency-buckets.ts │
 *        └───────┴────────┴────────┴────────┴────────────────────────┘
 */
const COUNT = 0;
const SUM_US = 1;
const MAX_US = 2;
const FIRST_BUCKET = 4;

/** Memory for the latencies of one link, 4 KiB; kept over rewirings. */
export const createLinkLatency = (): SharedArrayBuffer =>
  new SharedArrayBuffer((FIRST_BUCKET + LATENCY_BUCKETS) * 8);

/** Records for the thread of the consuming end. */
export class LinkLatencyWriter {
  readonly #words: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory);
  }

  /** A frame was read that was so old. One that seems to come from the future counts as new. */
  record(ageUs: number): void {
    const words = this.#words;
    const us = Math.max(ageUs, 0);
    (words[COUNT] as number)++;
    (words[SUM_US] as number) += us;
    if (us > (words[MAX_US] as number)) words[MAX_US] = us;
    (words[FIRST_BUCKET + latencyBucketOf(us)] as number)++;
  }
}

/** Reads the latencies of a link; any thread, at any time. */
export function readLinkLatency(memory: SharedArrayBuffer): LatencySummary {
  const words = new Float64Array(memory);
  const [count = 0, sumUs = 0, maxUs = 0] = words;
  return summarizeLatency(words.subarray(FIRST_BUCKET), { count, sumUs, maxUs });
}
