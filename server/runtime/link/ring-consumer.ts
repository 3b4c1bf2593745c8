import { RING_COUNTERS_WORD } from '../../../native/index.ts';
import type { FramePool } from '../frame/frame-pool.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { Segment } from '../frame/segment.ts';
import type { Doorbell } from './doorbell.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { HoldReason, LinkConsumer } from './link-end.ts';
import { LinkLatencyWriter } from './link-latency.ts';
import { RingReader } from './ring-reader.ts';

/** What the consuming end of a ring is made from. */
export interface RingConsumerOptions {
  readonly segment: Segment;
  /** Where the ring begins in the segment. */
  readonly ringPlace: number;
  readonly pool: FramePool;
  /** Of the producer's lane. */
  readonly doorbell: Doorbell;
  /** See link-latency.ts. */
  readonly latency?: SharedArrayBuffer | undefined;
}

/** The consuming end of a ring, and of the rings that replace it one after the other. */
export class RingConsumer implements LinkConsumer {
  readonly latency: LinkLatencyWriter | undefined;
  readonly #options: RingConsumerOptions;
  readonly #counters: LinkCounterWriter;
  readonly #later: RingReader[] = [];
  #ring: RingReader;
  #paused = false;
  #holdReason: HoldReason | undefined;

  constructor(options: RingConsumerOptions) {
    const { segment, ringPlace } = options;
    this.#options = options;
    this.latency = options.latency && new LinkLatencyWriter(options.latency);
    this.#ring = this.#read(ringPlace);
    const countersPlace = segment.words[(ringPlace >> 2) + RING_COUNTERS_WORD] as number;
    this.#counters = new LinkCounterWriter(segment, countersPlace, 'consumer');
  }

  /**
   * Goes on with another ring as soon as the producer has closed the present one and it has been read empty. Answers how
   * many of its rings, the last ones, are still in use; nobody touches those before them any more.
   */
  followWith(ringPlace: number): number {
    const ring = this.#read(ringPlace);
    ring.setPaused(this.#paused, this.#holdReason);
    this.#later.push(ring);
    this.#current();
    return 1 + this.#later.length;
  }

  get hasQueued(): boolean {
    return this.#ring.hasKnown || this.queued > 0;
  }

  get queued(): number {
    const { queued } = this.#current();
    // NB: who looks is about to read, so that this is when most wait.
    this.#counters.noteQueued(queued);
    return queued;
  }

  get ended(): boolean {
    const ring = this.#current();
    // ORDERING: closed first. A producer that has closed the ring writes nothing more into it.
    return ring.closed && ring.queued === 0 && this.#later.length === 0;
  }

  tryRead(): Frame | undefined {
    const ring = this.#later.length === 0 ? this.#ring : this.#current();
    if (ring.latest) this.#skipStale(ring);
    const frame = ring.tryRead();
    if (frame !== undefined) this.#counters.countDelivered();
    return frame;
  }

  tryReadLatest(): Frame | undefined {
    this.#skipStale(this.#current());
    return this.tryRead();
  }

  setPaused(paused: boolean, reason?: HoldReason): void {
    this.#paused = paused;
    this.#holdReason = reason;
    this.#ring.setPaused(paused, reason);
    for (const ring of this.#later) ring.setPaused(paused, reason);
  }

  // NB: the producer rings the doorbell of the whole lane.
  tell(): boolean {
    return false;
  }

  // NB: a ring's counts are always seen.
  publish(): void {}

  discard(reason: DropReason): number {
    let dropped = 0;
    for (;;) {
      const ring = this.#current();
      const taken = ring.discardTo(0);
      if (taken === 0) return dropped;
      this.#counters.countDropped(reason, taken);
      dropped += taken;
    }
  }

  detach(reason: DropReason): number {
    let dropped = 0;
    for (const ring of [this.#ring, ...this.#later]) {
      ring.detach();
      const taken = ring.discardTo(0);
      this.#counters.countDropped(reason, taken);
      dropped += taken;
    }
    return dropped;
  }

  #read(ringPlace: number): RingReader {
    const { segment, pool, doorbell } = this.#options;
    return new RingReader({ segment, ringPlace, pool, doorbell });
  }

  #current(): RingReader {
    while (this.#later.length > 0 && this.#ring.closed && this.#ring.queued === 0) {
      this.#ring = this.#later.shift() as RingReader;
    }
    return this.#ring;
  }

  #skipStale(ring: RingReader): void {
    const stale = ring.discardTo(1);
    if (stale > 0) this.#counters.countDropped('stale', stale);
  }
}
