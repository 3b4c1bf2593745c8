import * as layout from '../../native/index.ts';

/**
 * One lane in plain Atomics, written down from docs/data-plane.md and from nothing else: the other side of the tests
 * of the C++ core. Writes no intents, since nobody ends it in the middle.
 */
export class ScriptedLane {
  readonly #words: Int32Array;
  readonly #held: Uint16Array;
  readonly #lane: number;

  constructor(words: Int32Array, lane: number) {
    this.#words = words;
    this.#lane = lane;
    const heldPlace = layout.HELD_PLACE + lane * layout.SLOT_LIMIT * 2;
    this.#held = new Uint16Array(words.buffer, heldPlace, layout.SLOT_LIMIT);
  }

  /** The word of a slot's frame. */
  frameWord(slot: number, word: number): number {
    return this.#slotWord(slot) + layout.SLOT_PREFIX_BYTES / 4 + word;
  }

  /** The first free slot of a span. */
  acquire(span: number): number | undefined {
    const at = layout.SPANS_PLACE / 4 + span * layout.SPAN_WORDS;
    const first = this.#words[at + layout.SPAN_FIRST_SLOT_WORD] as number;
    const count = this.#words[at + layout.SPAN_SLOT_COUNT_WORD] as number;
    for (let slot = first; slot < first + count; slot++) {
      const refs = Atomics.load(this.#words, this.#slotWord(slot));
      if ((refs & layout.COUNT_MASK) !== 0) continue;
      this.#held[slot] = 1;
      Atomics.add(this.#words, this.#slotWord(slot) + layout.SLOT_GENERATION_WORD, 1);
      Atomics.store(this.#words, this.#slotWord(slot), refs | 1);
      return slot;
    }
    return undefined;
  }

  /** Gives one reference back. */
  release(slot: number): void {
    const at = this.#slotWord(slot);
    const held = this.#held[slot] as number;
    for (;;) {
      const refs = Atomics.load(this.#words, at);
      const count = refs & layout.COUNT_MASK;
      // A lane that is alone keeps the stamp; among others it sets its own.
      const stamp = count === held ? refs & ~layout.COUNT_MASK : this.#nextStamp();
      if (Atomics.compareExchange(this.#words, at, refs, stamp | (count - 1)) === refs) break;
    }
    this.#held[slot] = held - 1;
  }

  /** Writes to a ring that is not full; false when it is. */
  tryWrite(ring: number, slot: number): boolean {
    const at = ring / 4;
    const tail = Atomics.load(this.#words, at + layout.RING_TAIL_WORD);
    const capacity = this.#words[at + layout.RING_CAPACITY_WORD] as number;
    if (((tail - Atomics.load(this.#words, at + layout.RING_HEAD_WORD)) | 0) >= capacity) return false;
    this.#words[at + this.#entry(at, tail)] = slot;
    const counters = new Float64Array(
      this.#words.buffer,
      this.#words[at + layout.RING_COUNTERS_WORD] as number,
    );
    (counters[layout.COUNTER_PRODUCED] as number)++;
    Atomics.store(this.#words, at + layout.RING_TAIL_WORD, (tail + 1) | 0);
    (this.#held[slot] as number)--;
    return true;
  }

  /** The oldest slot of a ring, of which the lane then holds one reference more. */
  tryTake(ring: number): number | undefined {
    const at = ring / 4;
    for (;;) {
      const head = Atomics.load(this.#words, at + layout.RING_HEAD_WORD);
      if (head === Atomics.load(this.#words, at + layout.RING_TAIL_WORD)) return undefined;
      const slot = this.#words[at + this.#entry(at, head)] as number;
      (this.#held[slot] as number)++;
      const next = (head + 1) | 0;
      if (Atomics.compareExchange(this.#words, at + layout.RING_HEAD_WORD, head, next) === head) {
        (this.#words[at + layout.RING_TAKEN_WORD] as number)++;
        return slot;
      }
      (this.#held[slot] as number)--;
    }
  }

  #entry(at: number, index: number): number {
    const mask = (this.#words[at + layout.RING_ENTRY_COUNT_WORD] as number) - 1;
    return layout.RING_ENTRIES_WORD + (index & mask);
  }

  #nextStamp(): number {
    const at = (layout.LANES_PLACE + this.#lane * layout.LINE_BYTES) / 4 + layout.STAMP_SEQUENCE_WORD;
    const sequence = ((this.#words[at] as number) + 1) & layout.STAMP_SEQUENCE_MASK;
    this.#words[at] = sequence;
    return (this.#lane << layout.STAMP_LANE_SHIFT) | (sequence << layout.STAMP_SEQUENCE_SHIFT);
  }

  #slotWord(slot: number): number {
    const entry = layout.SLOTS_PLACE / 4 + slot * layout.SLOT_ENTRY_WORDS;
    return (this.#words[entry + layout.SLOT_ENTRY_PLACE_WORD] as number) * layout.LINE_WORDS;
  }
}
