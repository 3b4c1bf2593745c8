import type { Frame } from '../frame/frame-type.ts';
import { threadNames } from '../frame/name-table.ts';
import { referenceOf } from '../frame/slot-reference.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { LinkProducer } from './link-end.ts';
import { CONSUMER_BIT, PRODUCER_BIT, Ring } from './ring.ts';
import { copyIntoArena } from './ring-copy.ts';

/** What the producing end of a ring is made from. */
export interface RingProducerOptions {
  readonly ring: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** Wakes the consumer's thread if it sleeps. */
  readonly wakeConsumer: () => void;
}

/** The producing end of a ring. It never waits; only `tryWrite` on a full lossless ring answers false. */
export class RingProducer implements LinkProducer {
  readonly #counters: LinkCounterWriter;
  readonly #wakeConsumer: () => void;
  readonly #lossless: boolean;
  #ring: Ring;
  #position: number;

  constructor(options: RingProducerOptions) {
    this.#ring = new Ring(options.ring);
    this.#counters = new LinkCounterWriter(options.counters, 'producer');
    this.#wakeConsumer = options.wakeConsumer;
    this.#lossless = this.#ring.delivery === 'lossless';
    this.#position = endOf(this.#ring);
    this.#ring.attach(PRODUCER_BIT);
    this.#ring.setClosed(false);
  }

  get credit(): number {
    if (!this.#lossless) return Number.POSITIVE_INFINITY;
    const ring = this.#ring;
    if (ring.queued >= ring.capacityFrames) ring.askForSpace();
    return Math.max(0, ring.capacityFrames - ring.queued);
  }

  tryWrite(frame: Frame): boolean {
    const ring = this.#ring;
    const { memory, type } = referenceOf(frame);
    const byteLength = memory.u32[0] as number;
    const size = (byteLength + 7) & ~7;
    if (size > ring.arenaBytes) {
      this.#counters.countProduced();
      this.#counters.countDropped('too_large');
      frame.release();
      return true;
    }
    if (!this.#makeRoom(size)) return false;
    this.#counters.countProduced();
    const tail = ring.tail;
    // NB: an empty ring begins at the start again, so that a link that never fills touches few pages.
    if (ring.head === tail) this.#position = 0;
    copyIntoArena(memory, byteLength, ring, this.#position);
    ring.writeEntry(tail, this.#position, byteLength, threadNames().intern(type.name));
    this.#position = (this.#position + size) >>> 0;
    ring.publishTail(tail + 1);
    frame.release();
    this.#wakeConsumer();
    return true;
  }

  open(): void {
    this.#ring.setClosed(false);
  }

  close(): void {
    this.#ring.setClosed(true);
    this.#wakeConsumer();
  }

  // NB: detaching is not closing. A link that is taken away says nothing about whether its producer has ended.
  detach(reason: DropReason): number {
    if ((this.#ring.detach(PRODUCER_BIT) & CONSUMER_BIT) === 0) return 0;
    const dropped = this.#ring.takeAll();
    this.#counters.countDropped(reason, dropped);
    return dropped;
  }

  #makeRoom(size: number): boolean {
    const ring = this.#ring;
    let asked = false;
    for (;;) {
      const head = ring.head;
      const queued = (ring.tail - head) | 0;
      if (queued === 0) return true;
      const used = (this.#position - ring.position(head)) >>> 0;
      if (queued < ring.capacityFrames && used + size <= ring.arenaBytes) return true;
      if (!this.#lossless) {
        if (ring.tryMoveHead(head, head + 1)) this.#counters.countDropped(ring.paused ? 'paused' : 'full');
      } else if (asked) return false;
      else {
        ring.askForSpace();
        asked = true;
      }
    }
  }
}

/** Where the next frame goes into a ring that another thread may have written before. */
function endOf(ring: Ring): number {
  if (ring.queued === 0) return 0;
  const last = ring.tail - 1;
  return (ring.position(last) + ((ring.byteLength(last) + 7) & ~7)) >>> 0;
}
