import {
  DOORBELL_ASLEEP,
  DOORBELL_RUNG,
  DOORBELLS_PLACE,
  doorbellWake,
  LINE_BYTES,
} from '../../../native/index.ts';
import type { Segment } from '../frame/segment.ts';

/** The doorbell of a lane in the hands of those who ring it; its word is laid out in native/core/doorbell.h. */
export class Doorbell {
  readonly #segment: Segment;
  readonly #laneIndex: number;
  readonly #words: Int32Array;
  readonly #word: number;

  constructor(segment: Segment, laneIndex: number) {
    this.#segment = segment;
    this.#laneIndex = laneIndex;
    this.#words = segment.words;
    this.#word = (DOORBELLS_PLACE + laneIndex * LINE_BYTES) / 4;
  }

  /** Wakes the lane, or keeps it from falling asleep. Any thread. */
  ring(): void {
    // ORDERING: whoever finds it rung is covered by that ring: the owner looks for work after it cleared the word.
    if (Atomics.load(this.#words, this.#word) === DOORBELL_RUNG) return;
    // ORDERING: the exchange publishes everything written before it to the owner that wakes.
    const before = Atomics.exchange(this.#words, this.#word, DOORBELL_RUNG);
    if (before === DOORBELL_ASLEEP) doorbellWake(this.#segment.handle, this.#laneIndex);
  }
}
