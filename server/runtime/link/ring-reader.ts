import {
  DETACHED_CONSUMER,
  RING_CAPACITY_WORD,
  RING_CLOSED_WORD,
  RING_DELIVERY_WORD,
  RING_DETACHED_WORD,
  RING_ENTRIES_WORD,
  RING_ENTRY_COUNT_WORD,
  RING_HEAD_WORD,
  RING_PAUSED_WORD,
  RING_SPACE_WANTED_WORD,
  RING_TAIL_WORD,
  RING_TAKEN_WORD,
} from '../../../native/index.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { Frame } from '../frame/frame-type.ts';
import { frameTypeOfId } from '../frame/frame-types.ts';
import type { SegmentSlots } from '../frame/segment-slots.ts';
import type { SlotLedger } from '../frame/slot-ledger.ts';
import { DELIVERIES, numberOf } from '../vocabulary.ts';
import type { Doorbell } from './doorbell.ts';
import type { HoldReason } from './link-end.ts';
import type { RingConsumerOptions } from './ring-consumer.ts';

const HELD_WORDS: Readonly<Record<HoldReason, number>> = { paused: 1, failed: 2 };

/** What stands in the ring of a link that nobody reads for now. */
const heldWord = (reason: HoldReason): number => HELD_WORDS[reason];

/** Why a ring with such a word drops what finds it full. */
export const fullReasonOf = (word: number): 'full' | HoldReason =>
  word === HELD_WORDS.paused ? 'paused' : word === HELD_WORDS.failed ? 'failed' : 'full';

/** A part of the ring that is read before a waiting producer is looked for: it need not wait until all is read. */
const LOOKS_PER_RING = 4;

/** One ring as its consumer reads it. */
export class RingReader {
  /** Whether only the newest frame counts. */
  readonly latest: boolean;
  readonly #words: Int32Array;
  readonly #place: number;
  readonly #base: number;
  readonly #entries: number;
  readonly #mask: number;
  readonly #lossy: boolean;
  readonly #pool: FramePool;
  readonly #ledger: SlotLedger;
  readonly #doorbell: Doorbell;
  readonly #lookEvery: number;
  #head: number;
  /** Tail as it was when it was last looked at: an empty ring is looked at again. */
  #knownTail: number;
  #untilLook: number;

  constructor({ segment, ringPlace, pool, doorbell }: RingConsumerOptions) {
    const { words } = segment;
    const base = ringPlace >> 2;
    this.#words = words;
    this.#place = ringPlace;
    this.#base = base;
    this.#entries = base + RING_ENTRIES_WORD;
    this.#mask = (words[base + RING_ENTRY_COUNT_WORD] as number) - 1;
    this.latest = words[base + RING_DELIVERY_WORD] === numberOf(DELIVERIES, 'latest');
    this.#lossy = words[base + RING_DELIVERY_WORD] !== numberOf(DELIVERIES, 'lossless');
    this.#pool = pool;
    this.#ledger = (pool.slots as SegmentSlots).ledger;
    this.#doorbell = doorbell;
    this.#lookEvery = Math.ceil((words[base + RING_CAPACITY_WORD] as number) / LOOKS_PER_RING);
    this.#untilLook = this.#lookEvery;
    this.#head = Atomics.load(words, base + RING_HEAD_WORD);
    this.#knownTail = this.#head;
    Atomics.and(words, base + RING_DETACHED_WORD, ~DETACHED_CONSUMER);
  }

  /** Whether frames wait that were seen before. */
  get hasKnown(): boolean {
    return this.#head !== this.#knownTail;
  }

  /** How many frames wait. */
  get queued(): number {
    // ORDERING: head first. It never passes the tail that is read after it.
    if (this.#lossy) this.#head = Atomics.load(this.#words, this.#base + RING_HEAD_WORD);
    this.#knownTail = Atomics.load(this.#words, this.#base + RING_TAIL_WORD);
    const queued = (this.#knownTail - this.#head) | 0;
    // NB: nothing else rings a producer whose segment is used up while the ring has room.
    if (queued === 0) this.#wakeProducer();
    return queued;
  }

  get closed(): boolean {
    return Atomics.load(this.#words, this.#base + RING_CLOSED_WORD) === 1;
  }

  setPaused(paused: boolean, reason: HoldReason = 'paused'): void {
    Atomics.store(this.#words, this.#base + RING_PAUSED_WORD, paused ? heldWord(reason) : 0);
  }

  detach(): void {
    Atomics.or(this.#words, this.#base + RING_DETACHED_WORD, DETACHED_CONSUMER);
  }

  /** The oldest frame; undefined when none waits. */
  tryRead(): Frame | undefined {
    const slotId = this.#tryTake();
    return slotId < 0 ? undefined : this.#pool.receive(slotId, frameTypeOfId);
  }

  /** Gives frames back unread until `keep` are left; answers how many. */
  discardTo(keep: number): number {
    let discarded = 0;
    while (this.queued > keep) {
      const slotId = this.#tryTake();
      if (slotId < 0) continue;
      this.#pool.discard(slotId);
      discarded++;
    }
    return discarded;
  }

  /** Takes the oldest entry, whose reference is this lane's from then on; -1 when none waits. */
  #tryTake(): number {
    const words = this.#words;
    for (;;) {
      const head = this.#head;
      if (head === this.#knownTail && this.queued === 0) return -1;
      // NB: on a lossy link it may be overwritten meanwhile; then the exchange fails.
      const slotId = words[this.#entries + (head & this.#mask)] as number;
      this.#ledger.intendTake(slotId, this.#place, head);
      const next = (head + 1) | 0;
      // ORDERING: whoever moves head from here owns the entry's reference.
      if (Atomics.compareExchange(words, this.#base + RING_HEAD_WORD, head, next) !== head) {
        this.#ledger.missed(slotId);
        // ORDERING: head never passes the tail that is read after it.
        this.#head = Atomics.load(words, this.#base + RING_HEAD_WORD);
        this.#knownTail = Atomics.load(words, this.#base + RING_TAIL_WORD);
        continue;
      }
      this.#head = next;
      words[this.#base + RING_TAKEN_WORD] = ((words[this.#base + RING_TAKEN_WORD] as number) + 1) | 0;
      this.#ledger.took();
      if (--this.#untilLook === 0) this.#wakeProducer();
      return slotId;
    }
  }

  /** Wakes a producer that waits for room, if it asked. */
  #wakeProducer(): void {
    this.#untilLook = this.#lookEvery;
    const word = this.#base + RING_SPACE_WANTED_WORD;
    if (Atomics.load(this.#words, word) === 1 && Atomics.exchange(this.#words, word, 0) === 1)
      this.#doorbell.ring();
  }
}
