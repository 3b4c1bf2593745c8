import type { MediaClock } from '../runtime/clock.ts';
import { Pacer } from './pacer.ts';

/** When the records of a recording are due. */
export interface ReplayPace {
  readonly pace: 'fast' | 'timestamps' | 'rate';
  readonly speed: number;
  readonly rateHz: number;
}

/** How late a replay may be and still catch up; after a longer stop it goes on from now. */
const CATCH_UP_US = 500_000;

/** Decides when each record of a recording is due. */
export class Replay {
  readonly #clock: MediaClock;
  readonly #pace: ReplayPace;
  readonly #pacer: Pacer;
  /** A moment of the clock and the recorded time that belongs to it. */
  #anchor: { readonly clockUs: number; readonly recordedUs: number } | undefined;

  constructor(clock: MediaClock, pace: ReplayPace) {
    this.#clock = clock;
    this.#pace = pace;
    this.#pacer = new Pacer(clock);
  }

  /** Whether the next record is due now. It is asked again for the same record until it is. */
  isDue({ timestampUs = 0 }: { readonly timestampUs: number | undefined }): boolean {
    const { pace, rateHz } = this.#pace;
    if (pace === 'fast') return true;
    return pace === 'rate' ? this.#pacer.take(1e6 / rateHz) : this.#isTimeOf(timestampUs);
  }

  #isTimeOf(recordedUs: number): boolean {
    const nowUs = this.#clock.nowUs();
    this.#anchor ??= { clockUs: nowUs, recordedUs };
    const lateUs = nowUs - this.#anchor.clockUs - (recordedUs - this.#anchor.recordedUs) / this.#pace.speed;
    if (lateUs > CATCH_UP_US) this.#anchor = { clockUs: nowUs, recordedUs };
    return lateUs >= 0;
  }
}
