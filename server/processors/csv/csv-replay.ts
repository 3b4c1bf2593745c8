import type { MediaClock } from '../../runtime/clock.ts';
import { Pacer } from '../pacer.ts';
import type { CsvRow } from './csv-columns.ts';

/** When the rows of a recording are due. */
export interface CsvPace {
  readonly pace: 'fast' | 'timestamps' | 'rate';
  readonly speed: number;
  readonly rateHz: number;
}

/** How late a replay may be and still catch up; after a longer stop it goes on from now. */
const CATCH_UP_US = 500_000;

/** Decides when each row of a recording is due. */
export class CsvReplay {
  readonly #clock: MediaClock;
  readonly #pace: CsvPace;
  readonly #pacer: Pacer;
  /** A moment of the clock and the recorded time that belongs to it. */
  #anchor: { readonly clockUs: number; readonly recordedUs: number } | undefined;

  constructor(clock: MediaClock, pace: CsvPace) {
    this.#clock = clock;
    this.#pace = pace;
    this.#pacer = new Pacer(clock);
  }

  /** Whether the next row is due now. It is asked again for the same row until it is. */
  isDue({ timestampUs = 0 }: CsvRow): boolean {
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
