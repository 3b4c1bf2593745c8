import { queuedInRing, takeAllFromRing } from './ring.ts';

/** Why a frame that was written was never read. */
export const DROP_REASONS = [
  'full',
  'stale',
  'paused',
  'rewired',
  'lane_lost',
  'failed',
  'too_large',
  'stopped',
] as const;
/** Why a frame that was written was never read. */
export type DropReason = (typeof DROP_REASONS)[number];

/** Who counts: the thread of the producing end, of the consuming end, or the runtime's after a lane was lost. */
export type CountingSide = 'producer' | 'consumer' | 'runtime';

/*
 * Three banks of f64 words, one per side, so that every word has one writer. Reading adds the banks up.
 *
 *   word   0          1           2         3…10
 *        ┌──────────┬───────────┬─────────┬──────────────────────────┬ … to word 15
 *        │ produced │ delivered │ queued  │ dropped, by DROP_REASONS │
 *        └──────────┴───────────┴─────────┴──────────────────────────┴
 * `queued` is used by links inside a lane, where one thread is both sides; a ring tells by its indices.
 *
 * ORDER: a producer counts `produced` before a frame becomes visible, and a frame is counted `delivered` or dropped
 * after it left the queue. Who reads in the opposite order may miss a frame and can count none twice.
 */
const PRODUCED = 0;
const DELIVERED = 1;
const QUEUED = 2;
const DROPPED = 3;
const BANK_WORDS = 16;
const BANKS: readonly CountingSide[] = ['producer', 'consumer', 'runtime'];

/** How often reading starts again in the hope of a moment at which the sum is right. */
const READ_ATTEMPTS = 16;

/** Memory for the counters of one link, kept as long as the link exists. */
export const createLinkCounters = (): SharedArrayBuffer =>
  new SharedArrayBuffer(BANKS.length * BANK_WORDS * 8);

/** Counts for one side. Only that side's thread uses it. */
export class LinkCounterWriter {
  readonly #words: Float64Array;

  constructor(memory: SharedArrayBuffer, side: CountingSide) {
    this.#words = new Float64Array(memory, BANKS.indexOf(side) * BANK_WORDS * 8, BANK_WORDS);
  }

  countProduced(): void {
    (this.#words[PRODUCED] as number)++;
  }

  countDelivered(): void {
    (this.#words[DELIVERED] as number)++;
  }

  countDropped(reason: DropReason, frames = 1): void {
    (this.#words[DROPPED + DROP_REASONS.indexOf(reason)] as number) += frames;
  }

  publishQueued(frames: number): void {
    this.#words[QUEUED] = frames;
  }
}

/** The counters at one moment: `produced = delivered + Σ dropped + queued + inFlight`. */
export interface LinkCounts {
  readonly produced: number;
  readonly delivered: number;
  readonly queued: number;
  /** Frames that were between two of the other places while this was read; 0 at rest. */
  readonly inFlight: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** Reads the counters of a link; any thread, at any time. `ring` is the one that is in use, if there is one. */
export function readLinkCounters(memory: SharedArrayBuffer, ring?: SharedArrayBuffer): LinkCounts {
  const words = new Float64Array(memory);
  let counts = readOnce(words, ring);
  for (let attempt = 1; attempt < READ_ATTEMPTS && counts.inFlight !== 0; attempt++)
    counts = readOnce(words, ring);
  return counts;
}

function readOnce(words: Float64Array, ring: SharedArrayBuffer | undefined): LinkCounts {
  const dropped = {} as Record<DropReason, number>;
  let gone = 0;
  for (const [i, reason] of DROP_REASONS.entries()) {
    dropped[reason] = sum(words, DROPPED + i);
    gone += dropped[reason];
  }
  const delivered = sum(words, DELIVERED);
  const queued = ring === undefined ? sum(words, QUEUED) : queuedInRing(ring);
  const produced = sum(words, PRODUCED);
  return {
    produced,
    delivered,
    queued,
    dropped,
    inFlight: Math.max(0, produced - delivered - gone - queued),
  };
}

function sum(words: Float64Array, word: number): number {
  let total = 0;
  for (let bank = 0; bank < BANKS.length; bank++) total += words[bank * BANK_WORDS + word] as number;
  return total;
}

/**
 * Makes the sum right after a lane of the link was terminated, wherever that struck: every frame that is unaccounted
 * for or still queued counts as `lane_lost`. Answers how many those were. Only when neither end is in use any more.
 */
export function reconcileLaneLost(memory: SharedArrayBuffer, ring?: SharedArrayBuffer): number {
  if (ring !== undefined) takeAllFromRing(ring);
  for (const side of BANKS) new LinkCounterWriter(memory, side).publishQueued(0);
  const lost = readOnce(new Float64Array(memory), undefined).inFlight;
  new LinkCounterWriter(memory, 'runtime').countDropped('lane_lost', lost);
  return lost;
}
