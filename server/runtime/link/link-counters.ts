import type { Segment } from '../frame/segment.ts';
import type { ControlMemory } from './control-memory.ts';
import type { RingMemory } from './ring-memory.ts';

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
  'exhausted',
] as const;
/** Why a frame that was written was never read. */
export type DropReason = (typeof DROP_REASONS)[number];

/** Who counts: the thread of the producing end, of the consuming end, or the runtime's after a lane was lost. */
export type CountingSide = 'producer' | 'consumer' | 'runtime';

/*
 * Three banks of f64 words, one per side, so that every word has one writer. Reading adds the banks up.
 *
 *   word   0          1           2         3…11                           15
 *        ┌──────────┬───────────┬─────────┬──────────────────────────┬ … ┬─────────────┐
 *        │ produced │ delivered │ queued  │ dropped, by DROP_REASONS │   │ most queued │
 *        └──────────┴───────────┴─────────┴──────────────────────────┴ … ┴─────────────┘
 * `queued` is used by links inside a lane, where one thread is both sides; a ring tells by its indices. `most queued` is
 * the consumer's since the runtime's thread last took it, and the one word with two writers: what the consumer notes at
 * that very moment may be missed.
 *
 * ORDER: a producer counts `produced` before a frame becomes visible, and a frame is counted `delivered` or dropped
 * after it left the queue. Who reads in the opposite order may miss a frame and can count none twice.
 */
const PRODUCED = 0;
const DELIVERED = 1;
const QUEUED = 2;
const DROPPED = 3;
const MOST_QUEUED = 15;
const BANK_WORDS = 16;
const BANK_BYTES = BANK_WORDS * 8;
const BANKS: readonly CountingSide[] = ['producer', 'consumer', 'runtime'];

const MOST_QUEUED_WORD = BANKS.indexOf('consumer') * BANK_WORDS + MOST_QUEUED;

/** How often reading starts again in the hope of a moment at which the sum is right. */
const READ_ATTEMPTS = 16;

/** Counts for one side. Only that side's thread uses it. */
export class LinkCounterWriter {
  readonly #words: Float64Array;

  /** `place` is where the counters of the link begin in the segment. */
  constructor({ buffer }: Segment, place: number, side: CountingSide) {
    this.#words = new Float64Array(buffer, place + BANKS.indexOf(side) * BANK_BYTES, BANK_WORDS);
  }

  /** How many frames this side has counted as produced. */
  get produced(): number {
    return this.#words[PRODUCED] as number;
  }

  countProduced(frames = 1): void {
    (this.#words[PRODUCED] as number) += frames;
  }

  countDelivered(frames = 1): void {
    (this.#words[DELIVERED] as number) += frames;
  }

  countDropped(reason: DropReason, frames = 1): void {
    (this.#words[DROPPED + DROP_REASONS.indexOf(reason)] as number) += frames;
  }

  publishQueued(frames: number): void {
    this.#words[QUEUED] = frames;
  }

  /** So many frames waited at once. */
  noteQueued(frames: number): void {
    if (frames > (this.#words[MOST_QUEUED] as number)) this.#words[MOST_QUEUED] = frames;
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

/** The counters of one link, as the runtime's thread sees them; they exist as long as the link does. */
export class LinkCounters {
  /** Where they begin in the segment. */
  readonly place: number;
  readonly #control: ControlMemory;
  readonly #words: Float64Array;

  constructor(control: ControlMemory) {
    const bytes = BANKS.length * BANK_BYTES;
    this.#control = control;
    this.place = control.allocate(bytes);
    this.#words = new Float64Array(control.segment.buffer, this.place, bytes / 8);
  }

  /** The counts at one moment; `rings` are those that frames of the link may lie in. */
  read(rings: readonly RingMemory[] = []): LinkCounts {
    let counts = this.#readOnce(rings);
    for (let attempt = 1; attempt < READ_ATTEMPTS && counts.inFlight !== 0; attempt++)
      counts = this.#readOnce(rings);
    return counts;
  }

  /**
   * Makes the sum right after a lane of the link was terminated, wherever that struck: every frame that is unaccounted
   * for counts as `lane_lost`. Answers how many those were. Only when neither end is in use and no ring holds a frame.
   */
  reconcileLaneLost(): number {
    const { segment } = this.#control;
    for (const side of BANKS) new LinkCounterWriter(segment, this.place, side).publishQueued(0);
    // NB: the least of several looks, since a producer that is left counts what it drops in two steps.
    const looks = Array.from({ length: READ_ATTEMPTS }, () => this.#readOnce([]).inFlight);
    const lost = Math.min(...looks);
    new LinkCounterWriter(segment, this.place, 'runtime').countDropped('lane_lost', lost);
    return lost;
  }

  /** The most frames that waited at once since `takeMostQueued`, as far as the consumer looked. */
  get mostQueued(): number {
    return this.#words[MOST_QUEUED_WORD] as number;
  }

  /** The same, which begins anew. */
  takeMostQueued(): number {
    const { mostQueued } = this;
    this.#words[MOST_QUEUED_WORD] = 0;
    return mostQueued;
  }

  /** Gives the memory back: only when no lane has an end of the link any more. */
  free(): void {
    this.#control.free(this.place, BANKS.length * BANK_BYTES);
  }

  #readOnce(rings: readonly RingMemory[]): LinkCounts {
    const dropped = {} as Record<DropReason, number>;
    let gone = 0;
    for (const [i, reason] of DROP_REASONS.entries()) {
      dropped[reason] = this.#sum(DROPPED + i);
      gone += dropped[reason];
    }
    const delivered = this.#sum(DELIVERED);
    let queued = this.#sum(QUEUED);
    for (const ring of rings) queued += ring.queued;
    const produced = this.#sum(PRODUCED);
    return {
      produced,
      delivered,
      queued,
      dropped,
      inFlight: Math.max(0, produced - delivered - gone - queued),
    };
  }

  #sum(word: number): number {
    let total = 0;
    for (let bank = 0; bank < BANKS.length; bank++) total += this.#words[bank * BANK_WORDS + word] as number;
    return total;
  }
}
