import type { LastTime } from '../clock.ts';
import type { ProcessorCounterWriter } from './processor-counters.ts';

/** Calls shorter than this are worth less than reading the clock for each of them. */
const FAST_US = 10;
/** How many fast calls in a row change over to sampling, and how many calls one sample stands for. */
const SAMPLE = 64;
/** Of calls that are hardly longer than a read of the clock even fewer are timed. */
const FASTEST_US = 1;
const FASTEST_SAMPLE = 256;

/**
 * Decides which calls of `process` are timed, and records them: all slow ones, one in 64 or 256 of fast ones; none of a
 * processor that is not measured.
 */
export class ProcessTimer {
  readonly #time: LastTime;
  readonly #counters: ProcessorCounterWriter;
  #fastInARow = 0;
  #untimed = 0;
  /** One in so many calls is timed, and stands for those before it as well. */
  #sample = 1;

  constructor(time: LastTime, counters: ProcessorCounterWriter) {
    this.#time = time;
    this.#counters = counters;
  }

  /** How many of the next calls need no timing; 0 if the next one is to be timed. */
  get untimedCalls(): number {
    if (!this.#counters.isMeasured) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#sample - 1 - this.#untimed);
  }

  /** So many calls were made that need no timing. */
  passed(calls: number): void {
    this.#untimed += calls;
  }

  /** Has the next call timed. */
  timeNext(): void {
    this.#sample = 1;
  }

  /** Before a call that is to be timed. */
  begin(): number {
    const nowUs = this.#time.read();
    this.#counters.beginTimed(nowUs);
    return nowUs;
  }

  /** After a call whose `begin` gave a time. */
  end(startedUs: number): void {
    const durationUs = this.#time.read() - startedUs;
    this.#counters.endTimed();
    this.#counters.recordCall(durationUs, this.#untimed + 1);
    this.#untimed = 0;
    this.#fastInARow = durationUs < FAST_US ? Math.min(this.#fastInARow + 1, SAMPLE) : 0;
    if (this.#fastInARow < SAMPLE) this.#sample = 1;
    else this.#sample = durationUs < FASTEST_US ? FASTEST_SAMPLE : SAMPLE;
  }
}
