import type { Frame } from '../frame/frame-type.ts';
import type { SlotPool } from '../frame/slot-pool.ts';
import type { AnyFrameType } from '../frame/slot-reference.ts';
import { referenceOf } from '../frame/slot-reference.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { LinkConsumer } from './link-end.ts';
import { CONSUMER_BIT, Ring } from './ring.ts';
import { copyFromArena } from './ring-copy.ts';

/** After so many frames in a row that the producer dropped while they were copied, some are skipped to get ahead. */
const LOST_RACES = 4;

/** What the consuming end of a ring is made from. */
export interface RingConsumerOptions {
  readonly ring: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** Where the copies live. */
  readonly pool: SlotPool;
  /** The frame type of an id that the ring carries. */
  typeOf(typeId: number): AnyFrameType;
  /** Wakes the producer's thread if it sleeps. */
  readonly wakeProducer: () => void;
}

/** The consuming end of a ring, and of the rings that replace it one after the other. */
export class RingConsumer implements LinkConsumer {
  readonly #options: RingConsumerOptions;
  readonly #counters: LinkCounterWriter;
  readonly #later: Ring[] = [];
  #ring: Ring;
  #paused = false;

  constructor(options: RingConsumerOptions) {
    this.#options = options;
    this.#ring = new Ring(options.ring);
    this.#counters = new LinkCounterWriter(options.counters, 'consumer');
    this.#ring.attach(CONSUMER_BIT);
  }

  /** Goes on with another ring as soon as the producer has closed the present one and it has been read empty. */
  followWith(memory: SharedArrayBuffer): void {
    const ring = new Ring(memory);
    ring.attach(CONSUMER_BIT);
    ring.setPaused(this.#paused);
    this.#later.push(ring);
  }

  get queued(): number {
    return this.#current().queued;
  }

  get ended(): boolean {
    const ring = this.#current();
    // ORDERING: closed first. A producer that has closed the ring writes nothing more into it.
    return ring.closed && ring.queued === 0 && this.#later.length === 0;
  }

  tryRead(): Frame | undefined {
    const ring = this.#current();
    if (ring.delivery === 'latest') this.#skip(ring, 'stale', 1);
    for (let lostRaces = 0; ; lostRaces++) {
      if (lostRaces === LOST_RACES) {
        this.#skip(ring, 'full', Math.max(1, ring.queued >> 1));
        lostRaces = 0;
      }
      const head = ring.head;
      if (head === ring.tail) return undefined;
      const frame = this.#copy(ring, head);
      if (frame === undefined) continue;
      if (ring.tryMoveHead(head, head + 1)) {
        this.#counters.countDelivered();
        if (ring.takeSpaceWanted()) this.#options.wakeProducer();
        return frame;
      }
      frame.release();
    }
  }

  tryReadLatest(): Frame | undefined {
    this.#skip(this.#current(), 'stale', 1);
    return this.tryRead();
  }

  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#ring.setPaused(paused);
    for (const ring of this.#later) ring.setPaused(paused);
  }

  discard(reason: DropReason): number {
    let dropped = 0;
    for (;;) {
      const ring = this.#current();
      const taken = ring.takeAll();
      this.#counters.countDropped(reason, taken);
      if (taken > 0 && ring.takeSpaceWanted()) this.#options.wakeProducer();
      dropped += taken;
      if (taken === 0) return dropped;
    }
  }

  detach(reason: DropReason): number {
    let dropped = 0;
    for (const ring of [this.#ring, ...this.#later]) {
      ring.detach(CONSUMER_BIT);
      const taken = ring.takeAll();
      this.#counters.countDropped(reason, taken);
      dropped += taken;
    }
    return dropped;
  }

  #current(): Ring {
    while (this.#later.length > 0 && this.#ring.closed && this.#ring.queued === 0) {
      this.#ring = this.#later.shift() as Ring;
    }
    return this.#ring;
  }

  /** Drops the oldest frames until `keep` are left. */
  #skip(ring: Ring, reason: DropReason, keep: number): void {
    for (;;) {
      const head = ring.head;
      const surplus = ((ring.tail - head) | 0) - keep;
      if (surplus <= 0) return;
      if (ring.tryMoveHead(head, head + surplus)) {
        this.#counters.countDropped(reason, surplus);
        if (ring.takeSpaceWanted()) this.#options.wakeProducer();
        return;
      }
    }
  }

  #copy(ring: Ring, head: number): Frame | undefined {
    const position = ring.position(head);
    const byteLength = ring.byteLength(head);
    const typeId = ring.typeId(head);
    // ORDERING: as long as head is where it was, the producer has not begun to overwrite the entry just read.
    if (ring.head !== head) return undefined;
    const frame = this.#options.pool.receive(this.#options.typeOf(typeId), byteLength) as Frame;
    copyFromArena(ring, position, byteLength, referenceOf(frame).memory);
    return frame;
  }
}
