import { type MediaClock, mediaClock } from '../clock.ts';

/** How many times the two clocks are read; the pair with the least time in between counts. */
const ATTEMPTS = 8;

let offsetUs: number | undefined;

/**
 * The event time (UTC, microseconds since the Unix epoch) of an instant of CLOCK_MONOTONIC, as this thread's clock
 * relates the two: the same answer each time, exact to a few microseconds.
 */
export function wallUsOf(monotonicUs: number): number {
  offsetUs ??= measureOffsetUs(mediaClock);
  return monotonicUs + offsetUs;
}

/** How far UTC is ahead of CLOCK_MONOTONIC. */
function measureOffsetUs(clock: MediaClock): number {
  let bestUs = Number.POSITIVE_INFINITY;
  let offset = 0;
  for (let i = 0; i < ATTEMPTS; i++) {
    const beforeUs = clock.nowUs();
    const utcUs = clock.utcUs();
    const afterUs = clock.nowUs();
    // NB: a thread may lose its core between two reads.
    if (afterUs - beforeUs >= bestUs) continue;
    bestUs = afterUs - beforeUs;
    offset = utcUs - (beforeUs + afterUs) / 2;
  }
  return offset;
}
