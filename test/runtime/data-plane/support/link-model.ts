import type { Delivery } from '../../../../server/runtime/vocabulary.ts';

/** A frame that waits in a ring. */
export interface WaitingFrame {
  readonly slotId: number;
  readonly mark: number;
}

/** One ring, written as plainly as possible. */
export class RingModel {
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  readonly waiting: WaitingFrame[] = [];
  written = 0;
  taken = 0;
  dropped = 0;
  closed = false;

  constructor(delivery: Delivery, capacityFrames: number) {
    this.delivery = delivery;
    this.capacityFrames = capacityFrames;
  }
}

/** What a link holds and counts, over all the rings that it ever had. */
export class LinkModel {
  readonly rings: RingModel[];
  readonly dropped = { full: 0, paused: 0, stale: 0, failed: 0 };
  produced = 0;
  delivered = 0;
  paused = false;

  constructor(delivery: Delivery, capacityFrames: number) {
    this.rings = [new RingModel(delivery, capacityFrames)];
  }

  get last(): RingModel {
    return this.rings.at(-1) as RingModel;
  }

  write(frame: WaitingFrame): boolean {
    const ring = this.last;
    while (ring.waiting.length >= ring.capacityFrames) {
      if (ring.delivery === 'lossless') return false;
      ring.waiting.shift();
      ring.dropped++;
      this.dropped[this.paused ? 'paused' : 'full']++;
    }
    ring.waiting.push(frame);
    ring.written++;
    this.produced++;
    return true;
  }

  read(): WaitingFrame | undefined {
    const ring = this.#current();
    if (ring.delivery === 'latest') {
      const stale = ring.waiting.splice(0, ring.waiting.length - 1).length;
      ring.taken += stale;
      this.dropped.stale += stale;
    }
    const frame = ring.waiting.shift();
    if (frame === undefined) return undefined;
    ring.taken++;
    this.delivered++;
    return frame;
  }

  discard(): number {
    let discarded = 0;
    for (;;) {
      const ring = this.#current();
      const { length } = ring.waiting.splice(0);
      if (length === 0) return discarded;
      ring.taken += length;
      discarded += length;
      this.dropped.failed += length;
    }
  }

  resize(delivery: Delivery, capacityFrames: number): void {
    this.last.closed = true;
    this.rings.push(new RingModel(delivery, capacityFrames));
  }

  #current(): RingModel {
    for (const ring of this.rings) if (!ring.closed || ring.waiting.length > 0) return ring;
    return this.last;
  }
}
