import { AV_SYNC_WORDS } from '../av/av-sync-meter.ts';
import { AV_SYNC_FIRST_WORD } from '../av/av-sync-probes.ts';

/*
 * What the runtime counts of a processor, as f64 words (the last slot as i32); the processor's lane writes them, anyone reads.
 *
 *   word   0          1           2        3       4        5        6              7               8 … 8+BUCKETS
 *        ┌──────────┬───────────┬────────┬───────┬────────┬────────┬──────────────┬───────────────┬───────────────────────────┐
 *        │ frames in│ frames out│ errors │ calls │ sum µs │ max µs │ last slot + 1│ frames failed │ calls by log2 of duration │
 *        └──────────┴───────────┴────────┴───────┴────────┴────────┴──────────────┴───────────────┴───────────────────────────┘
 * and behind the buckets those of the sync error: see av/av-sync-meter.ts.
 * Bucket b holds the calls that took from 2^(b-4) up to 2^(b-3) µs, and bucket 0 the shorter ones as well.
 */
const FRAMES_IN = 0;
const FRAMES_OUT = 1;
const ERRORS = 2;
const CALLS = 3;
const SUM_US = 4;
const MAX_US = 5;
const FRAMES_FAILED = 7;
const FIRST_BUCKET = 8;
const BUCKETS = 40;
const SHORTEST_LOG2 = -4;
const LAST_SLOT = 6;

/** Memory for the counters of one processor, kept over its restarts. */
export const createProcessorCounters = (): SharedArrayBuffer =>
  new SharedArrayBuffer((AV_SYNC_FIRST_WORD + AV_SYNC_WORDS) * 8);

/** Counts for the thread that hosts the processor. Frames are seen by others after `publish`. */
export class ProcessorCounterWriter {
  readonly #words: Float64Array;
  /** One word: the slot of the frame that was read last, + 1. */
  readonly lastSlot: Int32Array;
  /** Frames that were read so far, in all. */
  reads = 0;
  #framesOut = 0;
  #publishedReads = 0;
  #isTimed = false;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory);
    this.lastSlot = new Int32Array(memory, LAST_SLOT * 8, 1);
  }

  /** Whether this call is timed. */
  get isTimed(): boolean {
    return this.#isTimed;
  }

  setTimed(isTimed: boolean): void {
    this.#isTimed = isTimed;
  }

  /** `slotId` is where the frame lies, -1 outside the segment. */
  countFrameIn(slotId: number): void {
    this.reads++;
    this.lastSlot[0] = slotId + 1;
  }

  countFramesIn(frames: number): void {
    this.reads += frames;
  }

  countFramesOut(frames: number): void {
    this.#framesOut += frames;
  }

  countFrameOut(): void {
    this.#framesOut++;
  }

  publish(): void {
    (this.#words[FRAMES_IN] as number) += this.reads - this.#publishedReads;
    (this.#words[FRAMES_OUT] as number) += this.#framesOut;
    this.#publishedReads = this.reads;
    this.#framesOut = 0;
  }

  countError(): void {
    (this.#words[ERRORS] as number)++;
  }

  /** Frames of those that were read whose call threw. */
  countFramesFailed(frames: number): void {
    (this.#words[FRAMES_FAILED] as number) += frames;
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
  /** Of `framesIn`: those read by calls that threw, and that the error policy took care of. */
  readonly framesFailed: number;
  readonly processTime: ProcessTime;
}

/** How often `process` was called so far and how long that took; any thread, at any time. */
export function readProcessorTotals(memory: SharedArrayBuffer): { calls: number; busyUs: number } {
  const words = new Float64Array(memory);
  return { calls: words[CALLS] as number, busyUs: words[SUM_US] as number };
}

/** The slot of the frame that the processor read last; undefined before the first, and for one outside the segment. */
export function readLastSlot(memory: SharedArrayBuffer): number | undefined {
  const word = Atomics.load(new Int32Array(memory, LAST_SLOT * 8, 1), 0);
  return word === 0 ? undefined : word - 1;
}

/** Reads the counters of a processor; any thread, at any time. Percentiles are exact to a factor of two. */
export function readProcessorCounters(memory: SharedArrayBuffer): ProcessorCounts {
  const words = new Float64Array(memory);
  const maxUs = words[MAX_US] as number;
  return {
    framesIn: words[FRAMES_IN] as number,
    framesOut: words[FRAMES_OUT] as number,
    errors: words[ERRORS] as number,
    framesFailed: words[FRAMES_FAILED] as number,
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
