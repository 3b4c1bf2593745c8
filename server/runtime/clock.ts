/**
 * The one place, beside the doors, that reads a clock. Media time is CLOCK_MONOTONIC in nanoseconds: the same
 * in every lane and in native code, which `performance.now()` is not, since its origin differs per worker.
 */
export interface MediaClock {
  /** Nanoseconds of CLOCK_MONOTONIC. */
  now(): bigint;
  /** The same in microseconds as a number: exact to a fraction of a microsecond, and no allocation. */
  nowUs(): number;
  /** Event time: microseconds since the Unix epoch (UTC). Never used for scheduling. */
  utcUs(): number;
}

/** How often the two clocks are read side by side: the first reads of a thread take long, and any may be interrupted. */
const ORIGIN_READS = 32;

/**
 * performance.now() counts the same clock from a per-thread origin, in milliseconds with nanosecond digits. Between
 * the two reads of the pair that took the shortest time the least can have passed.
 */
function originOfThreadUs(): number {
  let originUs = 0;
  let shortestUs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ORIGIN_READS; i++) {
    const beforeUs = performance.now() * 1000;
    const monotonicUs = Number(process.hrtime.bigint()) / 1000;
    const tookUs = performance.now() * 1000 - beforeUs;
    if (tookUs >= shortestUs) continue;
    shortestUs = tookUs;
    originUs = monotonicUs - beforeUs - tookUs / 2;
  }
  return originUs;
}

const originUs = originOfThreadUs();

/** The clock of this thread. */
export const mediaClock: MediaClock = {
  now: () => process.hrtime.bigint(),
  nowUs: () => originUs + performance.now() * 1000,
  utcUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
};

/** Milliseconds since the Unix epoch, as the system clock has them now. */
export const wallClockMs = (): number => Date.now();

const TWO_32 = 2 ** 32;

/**
 * The time as a thread last read it: a read of the clock costs about as much as handing a frame over, so that what
 * happens often takes the last one.
 */
export class LastTime {
  readonly #clock: Pick<MediaClock, 'nowUs'>;
  #us = 0;
  #lowNs = 0;
  #highNs = 0;

  constructor(clock: Pick<MediaClock, 'nowUs'> = mediaClock) {
    this.#clock = clock;
  }

  /** Microseconds of CLOCK_MONOTONIC. */
  get us(): number {
    return this.#us;
  }

  /** The same in nanoseconds, the lower 32 bits. */
  get lowNs(): number {
    return this.#lowNs;
  }

  /** The same in nanoseconds, the upper 32 bits. */
  get highNs(): number {
    return this.#highNs;
  }

  /** Reads the clock, and answers microseconds. */
  read(): number {
    const us = this.#clock.nowUs();
    const ns = us * 1000;
    this.#us = us;
    this.#highNs = Math.floor(ns / TWO_32);
    this.#lowNs = ns - this.#highNs * TWO_32;
    return us;
  }
}
