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

// performance.now() counts the same clock from a per-thread origin, in milliseconds with nanosecond digits.
const originUs = Number(process.hrtime.bigint()) / 1000 - performance.now() * 1000;

/** The clock of this thread. */
export const mediaClock: MediaClock = {
  now: () => process.hrtime.bigint(),
  nowUs: () => originUs + performance.now() * 1000,
  utcUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
};

/** Milliseconds since the Unix epoch, as the system clock has them now. */
export const wallClockMs = (): number => Date.now();
