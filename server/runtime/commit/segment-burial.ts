import {
  LINE_BYTES,
  laneReclaim,
  SLOT_ENTRY_PLACE_WORD,
  SLOT_ENTRY_WORDS,
  SLOTS_PLACE,
} from '../../../native/index.ts';
import type { Segment } from '../frame/segment.ts';
import { SlotLedger } from '../frame/slot-ledger.ts';
import type { RingMemory } from '../link/ring-memory.ts';

/** The lane index of the runtime's own thread. */
const RUNTIME_LANE = 0;

/**
 * Gives back what is left in a segment of lanes and links that have ended. The runtime's thread alone uses it, and
 * only for lanes whose thread has ended and rings that no running lane has an end of.
 */
export class SegmentBurial {
  readonly #segment: Segment;
  readonly #ledger: SlotLedger;

  constructor(segment: Segment) {
    this.#segment = segment;
    this.#ledger = new SlotLedger(segment, RUNTIME_LANE);
  }

  /** Takes back every reference that a lane held when it ended, wherever that struck, and leaves its slots to others. */
  buryLane(laneIndex: number): void {
    laneReclaim(this.#segment.handle, laneIndex);
  }

  /** Takes back what lies in rings, and their memory; the lanes at their ends are buried before. */
  buryRings(rings: readonly RingMemory[]): void {
    for (const ring of rings) {
      ring.drain(this.#ledger, (slotId) => this.#refsWordOf(slotId));
      ring.free();
    }
  }

  #refsWordOf(slotId: number): number {
    const entry = SLOTS_PLACE / 4 + slotId * SLOT_ENTRY_WORDS;
    return (this.#segment.words[entry + SLOT_ENTRY_PLACE_WORD] as number) * (LINE_BYTES / 4);
  }
}
