import type { MediaClock } from '../clock.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** Calls shorter than this are worth less than reading the clock for each of them. */
const FAST_US = 10;
/** How many fast calls in a row change over to sampling, and how many calls one sample stands for. */
const SAMPLE = 64;

/** Decides which calls of `process` are timed, and records them: all slow ones, one in 64 of fast ones. */
export class ProcessTimer {
  readonly #clock: MediaClock;
  readonly #counters: ProcessorCounterWriter;
  #fastInARow = 0;
  #untimed = 0;

  constructor(clock: MediaClock, counters: ProcessorCounterWriter) {
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Before a call: the time if the call is to be timed, else 0. */
  begin(): number {
    if (this.#fastInARow < SAMPLE) return this.#clock.nowUs();
    if (++this.#untimed < SAMPLE) return 0;
    this.#untimed = 0;
    return this.#clock.nowUs();
  }

  /** After a call whose `begin` gave a time; answers the time now. */
  end(startedUs: number): number {
    const nowUs = this.#clock.nowUs();
    const durationUs = nowUs - startedUs;
    this.#counters.recordCall(durationUs, this.#fastInARow < SAMPLE ? 1 : SAMPLE);
    this.#fastInARow = durationUs < FAST_US ? Math.min(this.#fastInARow + 1, SAMPLE) : 0;
    return nowUs;
  }
}
