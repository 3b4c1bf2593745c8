import {
  LINE_BYTES,
  poolGrow,
  SLOT_ENTRY_BYTES_WORD,
  SLOT_ENTRY_PLACE_WORD,
  SLOT_ENTRY_WORDS,
  SLOT_PREFIX_BYTES,
  SLOTS_PLACE,
  SPAN_FIRST_SLOT_WORD,
  SPAN_SLOT_COUNT_WORD,
  SPAN_WORDS,
  SPANS_PLACE,
} from '../../../native/index.ts';
import type { Segment } from './segment.ts';
import { SlotLedger } from './slot-ledger.ts';
import { SlotMemory, type SlotOwner } from './slot-memory.ts';
import type { SlotShelf } from './slot-shelf.ts';

/** Slots of one page of the list below, which would be a dictionary if it had large holes. */
const PAGE_BITS = 10;
const PAGE_SLOTS = 1 << PAGE_BITS;

/** The slots of the segment as one lane sees them: its own, and those of others that reached it. */
export class SegmentSlots {
  readonly ledger: SlotLedger;
  readonly #segment: Segment;
  readonly #owner: SlotOwner;
  readonly #pages: (SlotMemory | undefined)[][] = [];

  constructor(segment: Segment, laneIndex: number, owner: SlotOwner) {
    this.ledger = new SlotLedger(segment, laneIndex);
    this.#segment = segment;
    this.#owner = owner;
  }

  /** The memory of a slot that a ring named. */
  memoryOf(slotId: number): SlotMemory {
    return this.#pages[slotId >> PAGE_BITS]?.[slotId & (PAGE_SLOTS - 1)] ?? this.#map(slotId);
  }

  /** Puts more slots of `slotBytes` on a shelf; false when the segment is used up. */
  grow(slotBytes: number, shelf: SlotShelf): boolean {
    const { words, handle } = this.#segment;
    const span = poolGrow(handle, this.ledger.laneIndex, slotBytes);
    if (span < 0) return false;
    const at = SPANS_PLACE / 4 + span * SPAN_WORDS;
    const firstSlot = words[at + SPAN_FIRST_SLOT_WORD] as number;
    const end = firstSlot + (words[at + SPAN_SLOT_COUNT_WORD] as number);
    for (let slotId = firstSlot; slotId < end; slotId++) {
      // A span of a lane that has ended may be adopted by one that has seen its slots already.
      const memory = this.memoryOf(slotId);
      memory.shelf = shelf;
      memory.lent = !this.ledger.isFree(memory.refsWord);
      if (memory.lent) shelf.lend(memory);
      else if (memory.references === 0) shelf.free.push(memory);
    }
    return true;
  }

  #map(slotId: number): SlotMemory {
    const { buffer, words } = this.#segment;
    const at = SLOTS_PLACE / 4 + slotId * SLOT_ENTRY_WORDS;
    const memory = new SlotMemory(this.#owner, {
      buffer,
      byteOffset: (words[at + SLOT_ENTRY_PLACE_WORD] as number) * LINE_BYTES + SLOT_PREFIX_BYTES,
      byteLength: (words[at + SLOT_ENTRY_BYTES_WORD] as number) - SLOT_PREFIX_BYTES,
      slotId,
    });
    this.#pages[slotId >> PAGE_BITS] ??= new Array<SlotMemory | undefined>(PAGE_SLOTS).fill(undefined);
    (this.#pages[slotId >> PAGE_BITS] as SlotMemory[])[slotId & (PAGE_SLOTS - 1)] = memory;
    return memory;
  }
}
