import {
  RING_CAPACITY_WORD,
  RING_CONSUMER_LANE_WORD,
  RING_COUNTERS_WORD,
  RING_DELIVERY_WORD,
  RING_ENTRIES_WORD,
  RING_ENTRY_COUNT_WORD,
  RING_HEAD_WORD,
  RING_PRODUCER_LANE_WORD,
  RING_TAIL_WORD,
  RING_TAKEN_WORD,
} from '../../../native/index.ts';
import { StreamlibError } from '../errors.ts';
import type { SlotLedger } from '../frame/slot-ledger.ts';
import { DELIVERIES, type Delivery, numberOf } from '../vocabulary.ts';
import type { ControlMemory } from './control-memory.ts';

/** The most frames that a link may be asked to hold. */
export const LARGEST_CAPACITY_FRAMES = 65_536;

/** What a ring is made from. */
export interface RingSpec {
  readonly capacityFrames: number;
  readonly delivery: Delivery;
  readonly producerLane: number;
  readonly consumerLane: number;
  readonly countersPlace: number;
}

/** A ring as the runtime's thread sees it, which makes it for two lanes and buries it. */
export class RingMemory {
  /** Where it begins in the segment. */
  readonly place: number;
  readonly #control: ControlMemory;
  readonly #words: Int32Array;
  readonly #base: number;
  readonly #entryCount: number;

  /** An empty ring. Throws FIELD_INVALID. */
  constructor(control: ControlMemory, spec: RingSpec) {
    const { capacityFrames, delivery, producerLane, consumerLane, countersPlace } = spec;
    const isCapacity = Number.isInteger(capacityFrames) && capacityFrames >= 1;
    if (!isCapacity || capacityFrames > LARGEST_CAPACITY_FRAMES) {
      const text = `capacity_frames must be 1 to ${LARGEST_CAPACITY_FRAMES}, was ${capacityFrames}`;
      throw new StreamlibError('FIELD_INVALID', text, { path: 'capacity_frames' });
    }
    const { words } = control.segment;
    this.#control = control;
    this.#words = words;
    this.#entryCount = powerOfTwo(capacityFrames);
    this.place = control.allocate(bytesOf(this.#entryCount));
    this.#base = this.place >> 2;
    words[this.#base + RING_ENTRY_COUNT_WORD] = this.#entryCount;
    words[this.#base + RING_CAPACITY_WORD] = capacityFrames;
    words[this.#base + RING_DELIVERY_WORD] = numberOf(DELIVERIES, delivery);
    words[this.#base + RING_PRODUCER_LANE_WORD] = producerLane;
    words[this.#base + RING_CONSUMER_LANE_WORD] = consumerLane;
    words[this.#base + RING_COUNTERS_WORD] = countersPlace;
  }

  /** How many frames wait. */
  get queued(): number {
    // ORDERING: head first. It never passes the tail that is read after it.
    const head = Atomics.load(this.#words, this.#base + RING_HEAD_WORD);
    return (Atomics.load(this.#words, this.#base + RING_TAIL_WORD) - head) | 0;
  }

  /** Gives back every reference that waits; answers how many. Only when neither end is in use any more. */
  drain(ledger: SlotLedger, refsWordOf: (slotId: number) => number): number {
    const words = this.#words;
    const base = this.#base;
    const { queued } = this;
    for (let i = 0; i < queued; i++) {
      const head = words[base + RING_HEAD_WORD] as number;
      const slotId = words[base + RING_ENTRIES_WORD + (head & (this.#entryCount - 1))] as number;
      ledger.intendTake(slotId, this.place, head);
      Atomics.store(words, base + RING_HEAD_WORD, (head + 1) | 0);
      words[base + RING_TAKEN_WORD] = ((words[base + RING_TAKEN_WORD] as number) + 1) | 0;
      ledger.took();
      ledger.releaseOne(slotId, refsWordOf(slotId));
    }
    return queued;
  }

  /** Gives the memory back: only when no lane has an end of the ring any more. */
  free(): void {
    this.#control.free(this.place, bytesOf(this.#entryCount));
  }
}

const bytesOf = (entryCount: number): number => (RING_ENTRIES_WORD + entryCount) * 4;

function powerOfTwo(atLeast: number): number {
  let value = 1;
  while (value < atLeast) value *= 2;
  return value;
}
