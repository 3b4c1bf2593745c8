/*
 * What the runtime counts of a processor, as f64 words; the processor's lane writes them, anyone reads.
 *
 *   word   0          1           2        3       4        5        8 … 8+BUCKETS
 *        ┌──────────┬───────────┬────────┬───────┬────────┬────────┬───────────────────────────┐
 *        │ frames in│ frames out│ errors │ calls │ sum µs │ max µs │ calls by log2 of duration │
 *        └──────────┴───────────┴────────┴───────┴────────┴────────┴───────────────────────────┘
 * Bucket b holds the calls that took from 2^(b-4) up to 2^(b-3) µs, and bucket 0 the shorter ones as well.
 */
const FRAMES_IN = 0;
const FRAMES_OUT = 1;
const ERRORS = 2;
const CALLS = 3;
const SUM_US = 4;
const MAX_US = 5;
const FIRST_BUCKET = 8;
const BUCKETS = 40;
const SHORTEST_LOG2 = -4;

/** Memory for the counters of one processor, kept over its restarts. */
export const createProcessorCounters = (): SharedArrayBuffer =>
  new SharedArrayBuffer((FIRST_BUCKET + BUCKETS) * 8);

/** Counts for the thread that hosts the processor. */
export class ProcessorCounterWriter {
  readonly #words: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory);
  }

  countFrameIn(): void {
    (this.#words[FRAMES_IN] as number)++;
  }

  countFrameOut(): void {
    (this.#words[FRAMES_OUT] as number)++;
  }

  countError(): void {
    (this.#words[ERRORS] as number)++;
  }

  /** Records a call that stands for `calls` calls like it. */
  recordCall(durationUs: number, calls: number): void {
    const words = this.#words;
    (words[CALLS] as number) += calls;
    (words[SUM_US] as number) += durationUs * calls;
    if (durationUs > (words[MAX_US] as number)) words[MAX_US] = durationUs;
    const log2 = durationUs > 0 ? Math.floor(Math.log2(durationUs)) - SHORTEST_LOG2 : 0;
    (words[FIRST_BUCKET + Math.min(Math.max(log2, 0), BUCKETS - 1)] as number) += calls;
  }
}

/** How long calls of `process` took. Where calls are fast one in 64 is timed and stands for all. */
export interface ProcessTime {
  readonly count: number;
  readonly sumUs: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

/** The counters of a processor at one moment. */
export interface ProcessorCounts {
  readonly framesIn: number;
  readonly framesOut: number;
  /** Exceptions from setup, process and teardown, and those that it let escape. */
  readonly errors: number;
  readonly processTime: ProcessTime;
}

/** Reads the counters of a processor; any thread, at any time. Percentiles are exact to a factor of two. */
export function readProcessorCounters(memory: SharedArrayBuffer): ProcessorCounts {
  const words = new Float64Array(memory);
  const maxUs = words[MAX_US] as number;
  return {
    framesIn: words[FRAMES_IN] as number,
    framesOut: words[FRAMES_OUT] as number,
    errors: words[ERRORS] as number,
    processTime: {
      count: words[CALLS] as number,
      sumUs: words[SUM_US] as number,
      p50Us: Math.min(percentile(words, 0.5), maxUs),
      p90Us: Math.min(percentile(words, 0.9), maxUs),
      p99Us: Math.min(percentile(words, 0.99), maxUs),
      maxUs,
    },
  };
}

function percentile(words: Float64Array, share: number): number {
  let total = 0;
  for (let b = 0; b < BUCKETS; b++) total += words[FIRST_BUCKET + b] as number;
  let rest = total * share;
  if (rest === 0) return 0;
  for (let b = 0; b < BUCKETS; b++) {
    const calls = words[FIRST_BUCKET + b] as number;
    // Calls are taken to lie evenly between the bucket's bounds.
    if (calls >= rest) return 2 ** (b + SHORTEST_LOG2) * (1 + rest / calls);
    rest -= calls;
  }
  return 2 ** (BUCKETS + SHORTEST_LOG2);
}
