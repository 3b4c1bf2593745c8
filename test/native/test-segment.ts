import * as layout from '../../native/index.ts';
import { type SegmentHandle, segmentBuffer, segmentClose, segmentCreate } from '../../native/index.ts';

/** What a ring of a test is like. */
export interface TestRing {
  readonly entryCount: number;
  readonly delivery: number;
  readonly producer: number;
  readonly consumer: number;
}

/** A segment of a test's own, as words, with room for rings. Disposing it closes it. */
export class TestSegment implements Disposable {
  readonly handle: SegmentHandle;
  readonly words: Int32Array;
  #allocated = layout.CONTROL_PLACE;

  constructor(dataBytes = 64 * layout.CHUNK_BYTES) {
    this.handle = segmentCreate(dataBytes);
    this.words = new Int32Array(segmentBuffer(this.handle));
  }

  /** Makes a ring and its counters; answers its place in bytes. */
  makeRing({ entryCount, delivery, producer, consumer }: TestRing): number {
    const counters = this.#allocate(layout.LINK_COUNTERS_BYTES);
    const ring = this.#allocate((layout.RING_ENTRIES_WORD + entryCount) * 4);
    for (const [word, value] of [
      [layout.RING_ENTRY_COUNT_WORD, entryCount],
      [layout.RING_CAPACITY_WORD, entryCount],
      [layout.RING_DELIVERY_WORD, delivery],
      [layout.RING_PRODUCER_LANE_WORD, producer],
      [layout.RING_CONSUMER_LANE_WORD, consumer],
      [layout.RING_COUNTERS_WORD, counters],
    ] as const)
      this.words[ring / 4 + word] = value;
    return ring;
  }

  /** A counter of the link of a ring, of one bank. */
  counter(ring: number, bank: number, word: number): number {
    const place = this.words[ring / 4 + layout.RING_COUNTERS_WORD] as number;
    const banks = new Float64Array(
      this.words.buffer,
      place,
      layout.COUNTER_BANKS * layout.COUNTER_BANK_WORDS,
    );
    return banks[bank * layout.COUNTER_BANK_WORDS + word] as number;
  }

  /** The count of every slot that was ever made, added up. */
  referencesInAll(): number {
    const slots = this.words[layout.HEADER_SLOTS_USED_WORD] as number;
    let sum = 0;
    for (let slot = 0; slot < slots; slot++) sum += this.#refsOf(slot) & layout.COUNT_MASK;
    return sum;
  }

  #refsOf(slot: number): number {
    const entry = layout.SLOTS_PLACE / 4 + slot * layout.SLOT_ENTRY_WORDS;
    const line = this.words[entry + layout.SLOT_ENTRY_PLACE_WORD] as number;
    return Atomics.load(this.words, line * layout.LINE_WORDS + layout.SLOT_REFS_WORD);
  }

  #allocate(bytes: number): number {
    const place = this.#allocated;
    this.#allocated += Math.ceil(bytes / layout.LINE_BYTES) * layout.LINE_BYTES;
    return place;
  }

  [Symbol.dispose](): void {
    segmentClose(this.handle);
  }
}
