import type { Frame } from '../frame/frame-type.ts';
import type { Segment } from '../frame/segment.ts';
import { type DropReason, LinkCounterWriter } from './link-counters.ts';
import type { LinkProducer } from './link-end.ts';

/** What a gap does with frames. */
export interface GapPolicy {
  /** Whether it looks full, so that the producer waits; otherwise frames are dropped. */
  readonly holds: boolean;
  readonly reason: DropReason;
}

/** The producing end of a link whose consumer is away: it moves, is replaced, or has lost its lane. */
export class GapProducer implements LinkProducer {
  readonly hasCredit: boolean;
  readonly #reason: DropReason;
  readonly #counters: LinkCounterWriter;
  #dropped = 0;

  constructor(segment: Segment, countersPlace: number, { holds, reason }: GapPolicy) {
    this.hasCredit = !holds;
    this.#reason = reason;
    this.#counters = new LinkCounterWriter(segment, countersPlace, 'producer');
  }

  get credit(): number {
    return this.hasCredit ? Number.POSITIVE_INFINITY : 0;
  }

  /** How many frames were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  tryWrite(frame: Frame): boolean {
    if (!this.hasCredit) return false;
    this.#counters.countProduced();
    this.#counters.countDropped(this.#reason);
    this.#dropped++;
    frame.release();
    return true;
  }

  open(): void {}

  close(): void {}

  detach(): number {
    return 0;
  }
}
