import {
  COUNT_MASK,
  HELD_PLACE,
  INTENT_COUNT,
  INTENT_COUNT_AFTER_WORD,
  INTENT_DROP,
  INTENT_GENERATION_WORD,
  INTENT_HELD_AFTER_WORD,
  INTENT_HELD_BEFORE_WORD,
  INTENT_INDEX_WORD,
  INTENT_MOVES_BEFORE_WORD,
  INTENT_NONE,
  INTENT_OP_WORD,
  INTENT_RELEASE,
  INTENT_RING_WORD,
  INTENT_SHARE,
  INTENT_SLOT_WORD,
  INTENT_TAKE,
  INTENT_WRITE,
  LANE_LIMIT,
  LANES_PLACE,
  LINE_BYTES,
  REFERENCE_LIMIT,
  RING_DROPPED_WORD,
  RING_TAKEN_WORD,
  SEEN_PLACE,
  SEEN_SLOT_SHIFT,
  SLOT_GENERATION_WORD,
  SLOT_LIMIT,
  STAMP_LANE_MASK,
  STAMP_LANE_SHIFT,
  STAMP_SEQUENCE_MASK,
  STAMP_SEQUENCE_SHIFT,
  STAMP_SEQUENCE_WORD,
} from '../../../native/index.ts';
import type { Segment } from './segment.ts';

/**
 * One lane's account of the slots that it holds. Every step that moves a reference is announced in the lane's record
 * first, so that whoever buries the lane knows how far it came: docs/data-plane.md tells the whole protocol, and
 * native/core/ has the same in C++. The lane's thread alone uses it.
 */
export class SlotLedger {
  readonly laneIndex: number;
  readonly words: Int32Array;
  readonly #held: Uint16Array;
  readonly #record: number;
  readonly #seen: number;

  constructor({ buffer, words }: Segment, laneIndex: number) {
    this.laneIndex = laneIndex;
    this.words = words;
    this.#held = new Uint16Array(buffer, HELD_PLACE + laneIndex * SLOT_LIMIT * 2, SLOT_LIMIT);
    this.#record = (LANES_PLACE + laneIndex * LINE_BYTES) / 4;
    this.#seen = SEEN_PLACE / 4 + laneIndex * LANE_LIMIT;
  }

  /** How many references this lane holds. */
  held(slotId: number): number {
    return this.#held[slotId] as number;
  }

  /** Whether nobody holds the slot. */
  isFree(refsWord: number): boolean {
    // ORDERING: acquire pairs with the release of the last holder, whose reads are over.
    return (Atomics.load(this.words, refsWord) & COUNT_MASK) === 0;
  }

  /** Takes the first reference of a free slot of this lane, before other lanes are shown it. */
  acquire(slotId: number, refsWord: number): void {
    const { words } = this;
    this.#held[slotId] = 1;
    const generation = refsWord + SLOT_GENERATION_WORD;
    words[generation] = ((words[generation] as number) + 1) | 0;
    // NB: not atomic. Nobody else looks at the slot before a ring publishes it.
    words[refsWord] = ((words[refsWord] as number) & ~COUNT_MASK) | 1;
  }

  /** Takes one more reference; false, and nothing changed, when a slot can have no more. */
  tryShare(slotId: number, refsWord: number): boolean {
    const { words } = this;
    const held = this.#held[slotId] as number;
    const refs = Atomics.load(words, refsWord);
    const count = refs & COUNT_MASK;
    if (count === held) {
      if (count === REFERENCE_LIMIT) return false;
      words[this.#record + INTENT_COUNT_AFTER_WORD] = count + 1;
      this.#intend(INTENT_SHARE, slotId, refsWord);
      Atomics.store(words, refsWord, refs + 1);
    } else if (!this.#changeCount(slotId, refsWord, 1, held + 1)) return false;
    this.#held[slotId] = held + 1;
    this.#done();
    return true;
  }

  /** Gives back everything that this lane holds of a slot. */
  release(slotId: number, refsWord: number): void {
    const { words } = this;
    const held = this.#held[slotId] as number;
    // NB: only a guess, which the exchange checks. A count that is all this lane's nobody else can change.
    const refs = words[refsWord] as number;
    if ((refs & COUNT_MASK) === held) {
      this.#intend(INTENT_RELEASE, slotId, refsWord);
      // ORDERING: acquire pairs with the release of the former holders, and release with the look of the lane that
      // hands the slot out: all reads of it are over when it is written anew.
      if (Atomics.compareExchange(words, refsWord, refs, refs & ~COUNT_MASK) !== refs) {
        this.#done();
        this.release(slotId, refsWord);
        return;
      }
    } else this.#changeCount(slotId, refsWord, -held, 0);
    this.#held[slotId] = 0;
    this.#done();
  }

  /** Gives one of several references back. */
  releaseOne(slotId: number, refsWord: number): void {
    const held = this.#held[slotId] as number;
    if (held === 1) {
      this.release(slotId, refsWord);
      return;
    }
    this.#changeCount(slotId, refsWord, -1, held - 1);
    this.#held[slotId] = held - 1;
    this.#done();
  }

  /** Announces that a reference goes to the entry of a ring at `tail`; `gave` follows when the entry is visible. */
  intendWrite(slotId: number, ringPlace: number, tail: number): void {
    this.#intendMove(INTENT_WRITE, slotId, ringPlace, tail);
  }

  gave(slotId: number): void {
    (this.#held[slotId] as number)--;
    this.#done();
  }

  /** Announces that the reference of a ring's entry at `head` is taken, and takes it provisionally. */
  intendTake(slotId: number, ringPlace: number, head: number): void {
    const { words } = this;
    words[this.#record + INTENT_MOVES_BEFORE_WORD] = words[(ringPlace >> 2) + RING_TAKEN_WORD] as number;
    this.#intendMove(INTENT_TAKE, slotId, ringPlace, head);
    (this.#held[slotId] as number)++;
  }

  /** The same for a producer that takes an entry back in order to drop its frame. */
  intendDrop(slotId: number, ringPlace: number, head: number): void {
    const { words } = this;
    words[this.#record + INTENT_MOVES_BEFORE_WORD] = words[(ringPlace >> 2) + RING_DROPPED_WORD] as number;
    this.#intendMove(INTENT_DROP, slotId, ringPlace, head);
    (this.#held[slotId] as number)++;
  }

  /** What was taken provisionally is this lane's. */
  took(): void {
    this.#done();
  }

  /** Somebody else was faster: what was taken provisionally is not this lane's. */
  missed(slotId: number): void {
    (this.#held[slotId] as number)--;
    this.#done();
  }

  /**
   * Changes a count that other lanes may change at the same time; false, and nothing changed, when a slot can have no
   * more references. The stamp tells whoever buries this lane whether the change happened: it is either still in the
   * word or in the `seen` of the lane that overwrote it. After the era scheme of "Partial Failure Resilient Memory
   * Management System for (CXL-based) Distributed Shared Memory", SOSP 2023.
   */
  #changeCount(slotId: number, refsWord: number, by: number, heldAfter: number): boolean {
    const { words } = this;
    for (;;) {
      const refs = Atomics.load(words, refsWord);
      const count = (refs & COUNT_MASK) + by;
      // NB: looked at anew in each round, since one reference too many would change the stamp.
      if (count > REFERENCE_LIMIT) return false;
      this.#noteOverwritten(slotId, refs);
      const sequence = this.#nextSequence(refs);
      words[this.#record + INTENT_HELD_AFTER_WORD] = heldAfter;
      this.#intend(INTENT_COUNT, slotId, refsWord);
      const stamp = (sequence << STAMP_SEQUENCE_SHIFT) | (this.laneIndex << STAMP_LANE_SHIFT);
      if (Atomics.compareExchange(words, refsWord, refs, stamp | count) === refs) return true;
      this.#done();
    }
  }

  /**
   * Before the stamp of another lane is overwritten: that lane may have ended right after it, and then this note is all
   * that tells that its change was made. A lane that has gone on since needs none.
   */
  #noteOverwritten(slotId: number, refs: number): void {
    const { words } = this;
    const lane = stampLaneOf(refs);
    if (lane === this.laneIndex) return;
    const sequence = refs >>> STAMP_SEQUENCE_SHIFT;
    const record = LANES_PLACE / 4 + lane * (LINE_BYTES / 4);
    if (Atomics.load(words, record + INTENT_SLOT_WORD) !== slotId) return;
    if (Atomics.load(words, record + STAMP_SEQUENCE_WORD) !== sequence) return;
    Atomics.store(words, this.#seen + lane, (slotId << SEEN_SLOT_SHIFT) | sequence);
  }

  /** The next stamp of this lane; never the one that stands in the word already, which would tell nothing. */
  #nextSequence(refs: number): number {
    const { words } = this;
    const word = this.#record + STAMP_SEQUENCE_WORD;
    let next = ((words[word] as number) + 1) & STAMP_SEQUENCE_MASK;
    const isOwn = stampLaneOf(refs) === this.laneIndex;
    if (isOwn && next === refs >>> STAMP_SEQUENCE_SHIFT) next = (next + 1) & STAMP_SEQUENCE_MASK;
    words[word] = next;
    return next;
  }

  #intend(intent: number, slotId: number, refsWord: number): void {
    const { words } = this;
    const record = this.#record;
    words[record + INTENT_SLOT_WORD] = slotId;
    words[record + INTENT_HELD_BEFORE_WORD] = this.#held[slotId] as number;
    words[record + INTENT_GENERATION_WORD] = words[refsWord + SLOT_GENERATION_WORD] as number;
    words[record + INTENT_OP_WORD] = intent;
  }

  #intendMove(intent: number, slotId: number, ringPlace: number, index: number): void {
    const { words } = this;
    const record = this.#record;
    words[record + INTENT_SLOT_WORD] = slotId;
    words[record + INTENT_RING_WORD] = ringPlace;
    words[record + INTENT_INDEX_WORD] = index;
    words[record + INTENT_HELD_BEFORE_WORD] = this.#held[slotId] as number;
    words[record + INTENT_OP_WORD] = intent;
  }

  #done(): void {
    this.words[this.#record + INTENT_OP_WORD] = INTENT_NONE;
  }
}

const stampLaneOf = (refs: number): number => (refs >>> STAMP_LANE_SHIFT) & STAMP_LANE_MASK;
