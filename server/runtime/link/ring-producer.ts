import {
  DETACHED_CONSUMER,
  DETACHED_PRODUCER,
  RING_CAPACITY_WORD,
  RING_CLOSED_WORD,
  RING_COUNTERS_WORD,
  RING_DELIVERY_WORD,
  RING_DETACHED_WORD,
  RING_DROPPED_WORD,
  RING_ENTRIES_WORD,
  RING_ENTRY_COUNT_WORD,
  RING_HEAD_WORD,
  RING_PAUSED_WORD,
  RING_SPACE_WANTED_WORD,
  RING_TAIL_WORD,
} from '../../../native/index.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { Segment } from '../frame/segment.ts';
import type { SegmentSlots } from '../frame/segment-slots.ts';
import type { SlotLedger } from '../frame/slot-ledger.ts';
import { NO_SLOT } from '../frame/slot-memory.ts';
import { referenceOf } from '../frame/slot-reference.ts';
import { DELIVERIES, numberOf } from '../vocabulary.ts';
import type { Doorbell } from './doorbell.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { LinkProducer } from './link-end.ts';
import { fullReasonOf } from './ring-reader.ts';

/** What the producing end of a ring is made from. */
export interface RingProducerOptions {
  readonly segment: Segment;
  /** Where the ring begins in the segment. */
  readonly ringPlace: number;
  /** Where the frames come from. */
  readonly pool: FramePool;
  /** Of the consumer's lane. */
  readonly doorbell: Doorbell;
}

/** The producing end of a ring. It never waits; only `tryWrite` on a full lossless ring answers false. */
export class RingProducer implements LinkProducer {
  readonly #words: Int32Array;
  readonly #place: number;
  readonly #base: number;
  readonly #entries: number;
  readonly #mask: number;
  readonly #capacityFrames: number;
  readonly #lossless: boolean;
  readonly #counters: LinkCounterWriter;
  readonly #pool: FramePool;
  readonly #ledger: SlotLedger;
  readonly #doorbell: Doorbell;
  #tail: number;
  /** Head as it was when it was last looked at: a full ring is looked at again, a ring with room need not be. */
  #knownHead: number;

  constructor({ segment, ringPlace, pool, doorbell }: RingProducerOptions) {
    const { words } = segment;
    const base = ringPlace >> 2;
    this.#words = words;
    this.#place = ringPlace;
    this.#base = base;
    this.#entries = base + RING_ENTRIES_WORD;
    this.#mask = (words[base + RING_ENTRY_COUNT_WORD] as number) - 1;
    this.#capacityFrames = words[base + RING_CAPACITY_WORD] as number;
    this.#lossless = words[base + RING_DELIVERY_WORD] === numberOf(DELIVERIES, 'lossless');
    this.#counters = new LinkCounterWriter(segment, words[base + RING_COUNTERS_WORD] as number, 'producer');
    this.#pool = pool;
    this.#ledger = (pool.slots as SegmentSlots).ledger;
    this.#doorbell = doorbell;
    this.#tail = Atomics.load(words, base + RING_TAIL_WORD);
    this.#knownHead = Atomics.load(words, base + RING_HEAD_WORD);
    Atomics.and(words, base + RING_DETACHED_WORD, ~DETACHED_PRODUCER);
    this.open();
  }

  get credit(): number {
    if (!this.#lossless) return Number.POSITIVE_INFINITY;
    this.#knownHead = Atomics.load(this.#words, this.#base + RING_HEAD_WORD);
    return this.#roomOrAsk();
  }

  get hasCredit(): boolean {
    if (!this.#lossless || this.#room() > 0) return true;
    return this.credit > 0;
  }

  tryWrite(frame: Frame): boolean {
    if (this.#room() <= 0 && !this.#makeRoom()) return false;
    const reference = referenceOf(frame);
    const { memory } = reference;
    if (memory.slotId === NO_SLOT || !this.#pool.tryPrepareGift(memory)) return this.#writeCopy(frame);
    this.#publish(memory.slotId);
    reference.let(frame);
    this.#pool.gave(memory);
    this.#doorbell.ring();
    return true;
  }

  open(): void {
    Atomics.store(this.#words, this.#base + RING_CLOSED_WORD, 0);
  }

  close(): void {
    Atomics.store(this.#words, this.#base + RING_CLOSED_WORD, 1);
    this.#doorbell.ring();
  }

  // NB: detaching is not closing. A link that is taken away says nothing about whether its producer has ended.
  detach(reason: DropReason): number {
    const before = Atomics.or(this.#words, this.#base + RING_DETACHED_WORD, DETACHED_PRODUCER);
    if ((before & DETACHED_CONSUMER) === 0) return 0;
    let dropped = 0;
    while (this.#tryTakeOldest()) dropped++;
    this.#counters.countDropped(reason, dropped);
    return dropped;
  }

  // NB: a method, since a private getter is not inlined.
  #room(): number {
    return this.#capacityFrames - ((this.#tail - this.#knownHead) | 0);
  }

  #publish(slotId: number): void {
    const words = this.#words;
    const tail = this.#tail;
    this.#ledger.intendWrite(slotId, this.#place, tail);
    words[this.#entries + (tail & this.#mask)] = slotId;
    this.#counters.countProduced();
    this.#tail = (tail + 1) | 0;
    // ORDERING: publishes the entry and everything that was written into the slot.
    Atomics.store(words, this.#base + RING_TAIL_WORD, this.#tail);
  }

  /** For a frame that no other lane can see, or that has no reference to spare. */
  #writeCopy(frame: Frame): boolean {
    const reference = referenceOf(frame);
    const copy = this.#pool.tryPublish(frame, reference.type);
    if (copy !== undefined) {
      reference.release(frame);
      return this.tryWrite(copy);
    }
    if (this.#lossless) {
      // The consumer then rings when it has read on: what it gave back meanwhile may be what is missing here.
      Atomics.store(this.#words, this.#base + RING_SPACE_WANTED_WORD, 1);
      return false;
    }
    this.#counters.countProduced();
    this.#counters.countDropped('exhausted');
    reference.release(frame);
    return true;
  }

  #roomOrAsk(): number {
    const room = this.#room();
    if (room > 0) return room;
    // ORDERING: asks before it looks again, and the consumer moves head before it looks whether somebody asked.
    Atomics.store(this.#words, this.#base + RING_SPACE_WANTED_WORD, 1);
    this.#knownHead = Atomics.load(this.#words, this.#base + RING_HEAD_WORD);
    return Math.max(0, this.#room());
  }

  #makeRoom(): boolean {
    this.#knownHead = Atomics.load(this.#words, this.#base + RING_HEAD_WORD);
    if (this.#lossless) return this.#roomOrAsk() > 0;
    while (this.#room() <= 0) {
      if (!this.#tryTakeOldest()) continue;
      this.#counters.countDropped(fullReasonOf(Atomics.load(this.#words, this.#base + RING_PAUSED_WORD)));
    }
    return true;
  }

  /** Takes the oldest entry out and gives its reference back; false when the consumer was faster or none is there. */
  #tryTakeOldest(): boolean {
    const words = this.#words;
    const head = Atomics.load(words, this.#base + RING_HEAD_WORD);
    this.#knownHead = head;
    if (head === this.#tail) return false;
    const slotId = words[this.#entries + (head & this.#mask)] as number;
    this.#ledger.intendDrop(slotId, this.#place, head);
    const next = (head + 1) | 0;
    if (Atomics.compareExchange(words, this.#base + RING_HEAD_WORD, head, next) !== head) {
      this.#ledger.missed(slotId);
      return false;
    }
    words[this.#base + RING_DROPPED_WORD] = ((words[this.#base + RING_DROPPED_WORD] as number) + 1) | 0;
    this.#ledger.took();
    this.#knownHead = next;
    this.#pool.discard(slotId);
    return true;
  }
}
