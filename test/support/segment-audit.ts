import assert from 'node:assert/strict';
import {
  COUNT_MASK,
  HEADER_CHUNKS_USED_WORD,
  HEADER_SLOTS_USED_WORD,
  HELD_PLACE,
  LINE_BYTES,
  RING_ENTRIES_WORD,
  RING_ENTRY_COUNT_WORD,
  RING_HEAD_WORD,
  RING_TAIL_WORD,
  SLOT_ENTRY_BYTES_WORD,
  SLOT_ENTRY_PLACE_WORD,
  SLOT_ENTRY_WORDS,
  SLOT_LIMIT,
  SLOT_PREFIX_BYTES,
  SLOTS_PLACE,
} from '../../native/index.ts';
import type { Segment } from '../../server/runtime/frame/segment.ts';

/** What the words of a segment say about its slots, read without any of the code that writes them. */
export class SegmentAudit {
  readonly #segment: Pick<Segment, 'buffer' | 'words'>;

  constructor(segment: Pick<Segment, 'buffer' | 'words'>) {
    this.#segment = segment;
  }

  /** How many slots were ever made. */
  get slots(): number {
    return this.#segment.words[HEADER_SLOTS_USED_WORD] as number;
  }

  /** How many chunks of the data region were ever given out. */
  get chunks(): number {
    return this.#segment.words[HEADER_CHUNKS_USED_WORD] as number;
  }

  /** The word of a slot's references. */
  refsWord(slotId: number): number {
    const entry = SLOTS_PLACE / 4 + slotId * SLOT_ENTRY_WORDS;
    return (this.#segment.words[entry + SLOT_ENTRY_PLACE_WORD] as number) * (LINE_BYTES / 4);
  }

  /** How many references a slot has. */
  count(slotId: number): number {
    return Atomics.load(this.#segment.words, this.refsWord(slotId)) & COUNT_MASK;
  }

  /** How many of them are a lane's. */
  held(laneIndex: number, slotId: number): number {
    return this.#heldBy(laneIndex)[slotId] as number;
  }

  /** The memory of the frame in a slot. */
  frame(slotId: number): Uint8Array {
    const { buffer, words } = this.#segment;
    const entry = SLOTS_PLACE / 4 + slotId * SLOT_ENTRY_WORDS;
    const slotBytes = words[entry + SLOT_ENTRY_BYTES_WORD] as number;
    const byteOffset = this.refsWord(slotId) * 4 + SLOT_PREFIX_BYTES;
    return new Uint8Array(buffer, byteOffset, slotBytes - SLOT_PREFIX_BYTES);
  }

  /** A word of a ring. */
  ringWord(ringPlace: number, word: number): number {
    return Atomics.load(this.#segment.words, (ringPlace >> 2) + word);
  }

  /** The slots that wait in a ring, the oldest first. */
  ringEntries(ringPlace: number): number[] {
    const { words } = this.#segment;
    const base = ringPlace >> 2;
    const mask = (words[base + RING_ENTRY_COUNT_WORD] as number) - 1;
    const head = this.ringWord(ringPlace, RING_HEAD_WORD);
    const queued = (this.ringWord(ringPlace, RING_TAIL_WORD) - head) | 0;
    return Array.from(
      { length: queued },
      (_, i) => words[base + RING_ENTRIES_WORD + ((head + i) & mask)],
    ) as number[];
  }

  /** The sum of all counts of all slots. */
  references(): number {
    let sum = 0;
    for (let slotId = 0; slotId < this.slots; slotId++) sum += this.count(slotId);
    return sum;
  }

  /**
   * Asserts that every slot has exactly the references that the given lanes hold and the given rings carry. Only
   * while none of them runs.
   */
  assertCounted(laneIndexes: Iterable<number>, ringPlaces: Iterable<number>, when = ''): void {
    const expected = new Map<number, number>();
    const add = (slotId: number, by: number) => expected.set(slotId, (expected.get(slotId) ?? 0) + by);
    for (const laneIndex of new Set(laneIndexes)) {
      const held = this.#heldBy(laneIndex);
      for (let slotId = 0; slotId < this.slots; slotId++) {
        const references = held[slotId] as number;
        if (references > 0) add(slotId, references);
      }
    }
    for (const ringPlace of ringPlaces) for (const slotId of this.ringEntries(ringPlace)) add(slotId, 1);
    const wrong: string[] = [];
    for (let slotId = 0; slotId < this.slots; slotId++) {
      const count = this.count(slotId);
      const right = expected.get(slotId) ?? 0;
      if (count !== right) wrong.push(`slot ${slotId} must have ${right} references, was ${count}`);
    }
    assert.deepEqual(wrong, [], when);
  }

  #heldBy(laneIndex: number): Uint16Array {
    return new Uint16Array(this.#segment.buffer, HELD_PLACE + laneIndex * SLOT_LIMIT * 2, SLOT_LIMIT);
  }
}
