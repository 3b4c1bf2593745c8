import { DataFrame, type DataFrameView, dataLayout } from '../../../../server/runtime/frame/data-frame.ts';
import type { FramePool } from '../../../../server/runtime/frame/frame-pool.ts';
import type { Segment } from '../../../../server/runtime/frame/segment.ts';
import { referenceOf, shareFrame } from '../../../../server/runtime/frame/slot-reference.ts';
import { Doorbell } from '../../../../server/runtime/link/doorbell.ts';
import type { DropReason } from '../../../../server/runtime/link/link-counters.ts';
import { RingConsumer } from '../../../../server/runtime/link/ring-consumer.ts';
import { RingProducer } from '../../../../server/runtime/link/ring-producer.ts';
import { createTestPool } from '../../../support/test-pool.ts';
import type { ConsumerSide, HeldFrame, LaneSide, ProducerSide } from './lane-side.ts';

const LAYOUT = dataLayout({ value: 4 });

class HeldView implements HeldFrame {
  readonly view: DataFrameView;
  readonly slotId: number;

  constructor(view: DataFrameView) {
    this.view = view;
    this.slotId = referenceOf(view).memory.slotId;
  }

  mark(): number {
    return this.view.sequenceId;
  }
}

const viewOf = (held: HeldFrame): DataFrameView => (held as HeldView).view;

/** A lane as the runtime's own code plays it. */
export class JavaScriptSide implements LaneSide {
  readonly language = 'JavaScript';
  readonly laneIndex: number;
  readonly pool: FramePool;
  readonly #segment: Segment;

  constructor(segment: Segment, laneIndex: number) {
    this.laneIndex = laneIndex;
    this.pool = createTestPool(segment, laneIndex);
    this.#segment = segment;
  }

  acquire(mark: number): HeldFrame {
    this.pool.beginCall();
    const view = this.pool.acquire(DataFrame, LAYOUT);
    view.sequenceId = mark;
    return new HeldView(view);
  }

  share(held: HeldFrame): HeldFrame {
    return new HeldView(shareFrame(viewOf(held)));
  }

  release(held: HeldFrame): void {
    viewOf(held).release();
  }

  producer(ringPlace: number): ProducerSide {
    const create = (place: number) => {
      const doorbell = new Doorbell(this.#segment, this.laneIndex);
      return new RingProducer({ segment: this.#segment, pool: this.pool, doorbell, ringPlace: place });
    };
    let producer = create(ringPlace);
    return {
      tryWrite: (held) => producer.tryWrite(viewOf(held)),
      continueWith(next) {
        producer.close();
        producer = create(next);
      },
      close: () => producer.close(),
    };
  }

  consumer(ringPlace: number): ConsumerSide {
    const doorbell = new Doorbell(this.#segment, this.laneIndex);
    const consumer = new RingConsumer({ segment: this.#segment, pool: this.pool, doorbell, ringPlace });
    return {
      tryRead: () => {
        this.pool.beginCall();
        const view = consumer.tryRead() as DataFrameView | undefined;
        return view && new HeldView(view);
      },
      discard: (reason: DropReason) => consumer.discard(reason),
      setPaused: (paused) => consumer.setPaused(paused),
      followWith: (next) => consumer.followWith(next),
    };
  }
}
