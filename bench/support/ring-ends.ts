import { threadNames } from '../../server/runtime/frame/name-table.ts';
import { createSegment, type Segment } from '../../server/runtime/frame/segment.ts';
import { ControlMemory } from '../../server/runtime/link/control-memory.ts';
import { LinkCounters, type LinkCounts } from '../../server/runtime/link/link-counters.ts';
import { RingMemory } from '../../server/runtime/link/ring-memory.ts';

/** The lane indexes of the two threads at a ring. */
export const PRODUCER_LANE = 1;
/** The lane indexes of the two threads at a ring. */
export const CONSUMER_LANE = 2;

const DATA_BYTES = 64 * 1024 * 1024;

/** What a thread needs to take its end of a ring. */
export interface RingEnds {
  readonly segmentId: number;
  readonly names: SharedArrayBuffer;
  readonly ringPlace: number;
}

/** One lossless ring between two threads without a runtime, as its maker sees it. */
export class BenchRing {
  readonly ends: RingEnds;
  readonly #segment: Segment;
  readonly #counters: LinkCounters;
  readonly #ring: RingMemory;

  constructor(capacityFrames: number) {
    this.#segment = createSegment(DATA_BYTES);
    const control = new ControlMemory(this.#segment);
    this.#counters = new LinkCounters(control);
    this.#ring = new RingMemory(control, {
      capacityFrames,
      delivery: 'lossless',
      producerLane: PRODUCER_LANE,
      consumerLane: CONSUMER_LANE,
      countersPlace: this.#counters.place,
    });
    const { id: segmentId } = this.#segment;
    this.ends = { segmentId, names: threadNames().memory, ringPlace: this.#ring.place };
  }

  counts(): LinkCounts {
    return this.#counters.read([this.#ring]);
  }
}
