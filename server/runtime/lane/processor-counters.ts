import { AV_SYNC_WORDS } from '../av/av-sync-meter.ts';
import { AV_SYNC_FIRST_WORD } from '../av/av-sync-probes.ts';
import {
  LATENCY_BUCKETS,
  type LatencySummary,
  latencyBucketOf,
  summarizeLatency,
} from '../link/latency-buckets.ts';

/*
 * What the runtime counts of a processor, as f64 words (the last slot as i32); the processor's lane writes them, anyone reads.
 *
 *   word   0          1           2        3       4        5        6              7               8         9           10
 *        ┌──────────┬───────────┬────────┬───────┬────────┬────────┬──────────────┬───────────────┬─────────┬───────────┬────────────────┐
 *        │ frames in│ frames out│ errors │ calls │ sum µs │ max µs │ last slot + 1│ frames failed │ begun µs│ blocked µs│ blocked since µs│
 *        └──────────┴───────────┴────────┴───────┴────────┴────────┴──────────────┴───────────────┴─────────┴───────────┴────────────────┘
 * and then the sync error (av/av-sync-meter.ts) and, of one that a lane has hosted, its calls by how long they took
 * (link/latency-buckets.ts): 4.2 KiB then, 192 bytes before.
 *
 * begun µs           when the call began that is timed now; 0 outside of such calls
 * blocked since µs   since when a full lossless link holds it back; 0 while none does
 *
 * ORDER: both are taken back before the time that they stand for is added up. Who reads the sum first may miss the last
 * of it and counts none twice.
 */
const FRAMES_IN = 0;
const FRAMES_OUT = 1;
const ERRORS = 2;
const CALLS = 3;
const SUM_US = 4;
const MAX_US = 5;
const FRAMES_FAILED = 7;
const LAST_SLOT = 6;
const BEGUN_US = 8;
const BLOCKED_US = 9;
const BLOCKED_SINCE_US = 10;
const FIRST_BUCKET = AV_SYNC_FIRST_WORD + AV_SYNC_WORDS;

/** Memory for the counters of a processor that is not measured: how long its calls take is not looked at. */
export const createUnmeasuredCounters = (): SharedArrayBuffer => new SharedArrayBuffer(FIRST_BUCKET * 8);

/** Memory for the counters of one processor, kept over its restarts. */
export const createProcessorCounters = (): SharedArrayBuffer =>
  new SharedArrayBuffer((FIRST_BUCKET + LATENCY_BUCKETS) * 8);

/** Whether calls of the processor are timed. */
export const areMeasured = (counters: SharedArrayBuffer): boolean => counters.byteLength > FIRST_BUCKET * 8;

/** The counters with room for measurements, for a processor that nobody counts for yet. */
export function measuredCounters(counters: SharedArrayBuffer): SharedArrayBuffer {
  if (areMeasured(counters)) return counters;
  const measured = createProcessorCounters();
  new Float64Array(measured).set(new Float64Array(counters));
  return measured;
}

/** Counts for the thread that hosts the processor. Frames are seen by others after `publish`. */
export class ProcessorCounterWriter {
  readonly #words: Float64Array;
  /** One word: the slot of the frame that was read last, + 1. */
  readonly lastSlot: Int32Array;
  /** Whether calls are to be timed. */
  readonly isMeasured: boolean;
  /** Frames that were read so far, in all. */
  reads = 0;
  #framesOut = 0;
  #publishedReads = 0;
  #isTimed = false;
  #isBlocked = false;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory);
    this.isMeasured = areMeasured(memory);
    // What a lane left behind that was lost in the middle.
    this.#words[BEGUN_US] = 0;
    this.#words[BLOCKED_SINCE_US] = 0;
    this.lastSlot = new Int32Array(memory, LAST_SLOT * 8, 1);
  }

  /** Whether this call is timed. */
  get isTimed(): boolean {
    return this.#isTimed;
  }

  /** When the call began that is timed now, microseconds of the monotonic clock. */
  get begunUs(): number {
    return this.#words[BEGUN_US] as number;
  }

  /** A call begins that is timed. */
  beginTimed(nowUs: number): void {
    this.#isTimed = true;
    this.#words[BEGUN_US] = nowUs;
  }

  /** It has ended; `recordCall` is to follow. */
  endTimed(): void {
    this.#isTimed = false;
    this.#words[BEGUN_US] = 0;
  }

  /** Whether a full lossless link holds the processor back now. Costs little where that is as before. */
  setBlocked(isBlocked: boolean, nowUs: number): void {
    if (isBlocked === this.#isBlocked) return;
    this.#isBlocked = isBlocked;
    const words = this.#words;
    const sinceUs = words[BLOCKED_SINCE_US] as number;
    words[BLOCKED_SINCE_US] = isBlocked ? nowUs : 0;
    if (!isBlocked) (words[BLOCKED_US] as number) += nowUs - sinceUs;
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
    (words[FIRST_BUCKET + latencyBucketOf(durationUs)] as number) += calls;
  }
}

/** The counters of a processor at one moment. */
export interface ProcessorCounts {
  readonly framesIn: number;
  readonly framesOut: number;
  /** Exceptions from setup, process and teardown, and those that it let escape. */
  readonly errors: number;
  /** Of `framesIn`: those read by calls that threw, and that the error policy took care of. */
  readonly framesFailed: number;
  /** How long calls of `process` took. Where calls are fast one in 64 or 256 is timed and stands for all. */
  readonly processTime: LatencySummary;
}

/**
 * How often `process` was called so far and how long that took; any thread, at any time. Undefined where calls are not
 * timed.
 */
export function readProcessorTotals(
  memory: SharedArrayBuffer,
): { readonly calls: number; readonly busyUs: number } | undefined {
  if (!areMeasured(memory)) return undefined;
  const words = new Float64Array(memory);
  return { calls: words[CALLS] as number, busyUs: words[SUM_US] as number };
}

/** What a processor did with its time so far, up to this moment. */
export interface ProcessorTimes {
  readonly framesIn: number;
  readonly framesOut: number;
  /** How long its calls took, with what of the present one is over. */
  readonly busyUs: number;
  /** How long full lossless links held it back. */
  readonly blockedUs: number;
}

/** Reads the same at `nowUs` of the monotonic clock; any thread, at any time. `words` are those of its counters. */
export function readProcessorTimes(words: Float64Array, nowUs: number): ProcessorTimes {
  const busyUs = words[SUM_US] as number;
  const begunUs = words[BEGUN_US] as number;
  const blockedUs = words[BLOCKED_US] as number;
  const sinceUs = words[BLOCKED_SINCE_US] as number;
  return {
    framesIn: words[FRAMES_IN] as number,
    framesOut: words[FRAMES_OUT] as number,
    busyUs: busyUs + (begunUs === 0 ? 0 : Math.max(0, nowUs - begunUs)),
    blockedUs: blockedUs + (sinceUs === 0 ? 0 : Math.max(0, nowUs - sinceUs)),
  };
}

/** The slot of the frame that the processor read last; undefined before the first, and for one outside the segment. */
export function readLastSlot(memory: SharedArrayBuffer): number | undefined {
  const word = Atomics.load(new Int32Array(memory, LAST_SLOT * 8, 1), 0);
  return word === 0 ? undefined : word - 1;
}

/** Reads the counters of a processor; any thread, at any time. Percentiles are exact to 3.2 %. */
export function readProcessorCounters(memory: SharedArrayBuffer): ProcessorCounts {
  const words = new Float64Array(memory);
  return {
    framesIn: words[FRAMES_IN] as number,
    framesOut: words[FRAMES_OUT] as number,
    errors: words[ERRORS] as number,
    framesFailed: words[FRAMES_FAILED] as number,
    processTime: summarizeLatency(words.subarray(FIRST_BUCKET), {
      count: words[CALLS] as number,
      sumUs: words[SUM_US] as number,
      maxUs: words[MAX_US] as number,
    }),
  };
}
