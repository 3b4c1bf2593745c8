import {
  DELIVERY_LATEST,
  poolGrow,
  RING_CLOSED_WORD,
  RING_COUNTERS_WORD,
  RING_DELIVERY_WORD,
  RING_PAUSED_WORD,
  SMALLEST_SLOT_BYTES,
  SPAN_FIRST_SLOT_WORD,
  SPAN_SLOT_COUNT_WORD,
  SPAN_WORDS,
  SPANS_PLACE,
  segmentFd,
} from '../../../../native/index.ts';
import { type TestSegment, testAddon } from '../../../../native/testing/index.ts';
import { DataFrame, dataLayout } from '../../../../server/runtime/frame/data-frame.ts';
import type { Segment } from '../../../../server/runtime/frame/segment.ts';
import { type DropReason, LinkCounterWriter } from '../../../../server/runtime/link/link-counters.ts';
import { SegmentAudit } from '../../../support/segment-audit.ts';
import { createTestPool } from '../../../support/test-pool.ts';
import type { ConsumerSide, HeldFrame, LaneSide, ProducerSide } from './lane-side.ts';

/** A lane as native/core plays it, one operation per call. What that leaves to its caller is done here. */
export class NativeSide implements LaneSide {
  readonly language = 'C++';
  readonly laneIndex: number;
  readonly #segment: Segment;
  readonly #mapped: TestSegment;
  readonly #audit: SegmentAudit;
  readonly #firstSlot: number;
  readonly #slotCount: number;
  /** A frame of this thread, to write and read the memory of slots with. */
  readonly #template = createTestPool().acquire(DataFrame, dataLayout({ value: 4 }));
  #next = 0;

  constructor(segment: Segment, laneIndex: number) {
    this.#segment = segment;
    this.laneIndex = laneIndex;
    this.#mapped = testAddon.segmentMap(segmentFd(segment.handle));
    this.#audit = new SegmentAudit(segment);
    const span = poolGrow(segment.handle, laneIndex, SMALLEST_SLOT_BYTES);
    const at = SPANS_PLACE / 4 + span * SPAN_WORDS;
    this.#firstSlot = segment.words[at + SPAN_FIRST_SLOT_WORD] as number;
    this.#slotCount = segment.words[at + SPAN_SLOT_COUNT_WORD] as number;
  }

  acquire(mark: number): HeldFrame {
    for (let tried = 0; tried < this.#slotCount; tried++) {
      const slotId = this.#firstSlot + (this.#next++ % this.#slotCount);
      if (!testAddon.slotAcquire(this.#mapped, this.laneIndex, slotId)) continue;
      this.#template.sequenceId = mark;
      this.#audit.frame(slotId).set(this.#template.slot.u8.subarray(0, this.#template.byteLength));
      return this.#held(slotId);
    }
    throw new Error('every slot of the lane is in use');
  }

  share({ slotId }: HeldFrame): HeldFrame {
    testAddon.slotShare(this.#mapped, this.laneIndex, slotId, 1);
    return this.#held(slotId);
  }

  release({ slotId }: HeldFrame): void {
    testAddon.slotRelease(this.#mapped, this.laneIndex, slotId, 1);
  }

  producer(ringPlace: number): ProducerSide {
    let place = ringPlace;
    const close = () => this.#setRingWord(place, RING_CLOSED_WORD, 1);
    return {
      tryWrite: ({ slotId }) => testAddon.ringWrite(this.#mapped, place, slotId) === 'written',
      continueWith(next) {
        close();
        place = next;
      },
      close,
    };
  }

  consumer(ringPlace: number): ConsumerSide {
    const places = [ringPlace];
    const counters = new LinkCounterWriter(
      this.#segment,
      this.#ringWord(ringPlace, RING_COUNTERS_WORD),
      'consumer',
    );
    let isPaused = false;
    /** Takes from the ring whose turn it is. */
    const take = (): number => {
      for (;;) {
        const [place = ringPlace] = places;
        // ORDERING: closed first. A producer that has closed a ring writes nothing more into it.
        const isOver = this.#ringWord(place, RING_CLOSED_WORD) === 1 && places.length > 1;
        const slotId = testAddon.ringTake(this.#mapped, place);
        if (slotId >= 0 || !isOver) return slotId;
        places.shift();
      }
    };
    const drop = (slotId: number, reason: DropReason) => {
      testAddon.slotRelease(this.#mapped, this.laneIndex, slotId, 1);
      counters.countDropped(reason);
    };
    return {
      tryRead: () => {
        let slotId = take();
        const [place = ringPlace] = places;
        const isLatest = this.#ringWord(place, RING_DELIVERY_WORD) === DELIVERY_LATEST;
        while (isLatest && slotId >= 0 && this.#audit.ringEntries(place).length > 0) {
          drop(slotId, 'stale');
          slotId = take();
        }
        if (slotId < 0) return undefined;
        counters.countDelivered();
        return this.#held(slotId);
      },
      discard(reason) {
        let discarded = 0;
        for (let slotId = take(); slotId >= 0; slotId = take()) {
          drop(slotId, reason);
          discarded++;
        }
        return discarded;
      },
      setPaused: (paused) => {
        isPaused = paused;
        for (const place of places) this.#setRingWord(place, RING_PAUSED_WORD, paused ? 1 : 0);
      },
      followWith: (next) => {
        places.push(next);
        this.#setRingWord(next, RING_PAUSED_WORD, isPaused ? 1 : 0);
      },
    };
  }

  #held(slotId: number): HeldFrame {
    const mark = () => {
      const { u8 } = this.#template.slot;
      u8.set(this.#audit.frame(slotId).subarray(0, this.#template.byteLength));
      return this.#template.sequenceId;
    };
    return { slotId, mark };
  }

  #ringWord(place: number, word: number): number {
    return this.#audit.ringWord(place, word);
  }

  #setRingWord(place: number, word: number, value: number): void {
    Atomics.store(this.#segment.words, (place >> 2) + word, value);
  }
}
