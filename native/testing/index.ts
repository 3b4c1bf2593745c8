// The addon of tests and benches, in the order of native/testing/functions.h. No package contains it.
import { createRequire } from 'node:module';

declare const testSegment: unique symbol;
declare const pump: unique symbol;

/** A segment as this addon has mapped it, by its descriptor, as another process would. Opaque. */
export interface TestSegment {
  readonly [testSegment]: true;
}

/** A native thread at one end of a ring. Opaque; its thread ends before its environment does. */
export interface Pump {
  readonly [pump]: true;
}

/** What a pump has done so far; final when `isDone`. */
export interface PumpState {
  readonly isDone: boolean;
  readonly frames: number;
  /** Frames that a consumer found torn, twice or out of order. */
  readonly faults: number;
  readonly elapsedNs: number;
}

/** The functions of the addon. */
export interface TestAddon {
  segmentMap(fd: number): TestSegment;

  /** Takes a free slot, of which the lane must be the home. */
  slotAcquire(segment: TestSegment, lane: number, slot: number): boolean;
  slotShare(segment: TestSegment, lane: number, slot: number, more: number): boolean;
  /** Gives `n` of the lane's references back; throws when it holds fewer. */
  slotRelease(segment: TestSegment, lane: number, slot: number, n: number): void;
  /** Writes as the ring's producer lane. `ring` is its place in bytes. */
  ringWrite(segment: TestSegment, ring: number, slot: number): 'written' | 'full' | 'closed';
  /** Takes as the ring's consumer lane; -1 when it is empty. */
  ringTake(segment: TestSegment, ring: number): number;

  /**
   * Starts a thread that writes `frames` frames of `frameBytes` (head included), one each `intervalNs` (0: as fast as
   * it can), to the ring. They are numbered from 1, and each word of a payload is the number. It wakes consumers that
   * sleep in a futex.
   */
  producerStart(
    segment: TestSegment,
    ring: number,
    frames: number,
    frameBytes: number,
    intervalNs: number,
  ): Pump;
  /** Starts a thread that takes `frames` such frames from the ring and looks at each whole. */
  consumerStart(
    segment: TestSegment,
    ring: number,
    frames: number,
    frameBytes: number,
    intervalNs: number,
  ): Pump;
  pumpState(pump: Pump): PumpState;
  /** Ends the thread, if it has not ended, and waits for that. */
  pumpStop(pump: Pump): PumpState;

  /**
   * Nanoseconds from waking to being awake, of a thread that sleeps in a futex; blocks for all the wakes. The two threads
   * run where the system wants (`cores` 0), both on one core (1), or each on its own (2).
   */
  futexLatencies(wakes: number, intervalUs: number, cores: 0 | 1 | 2): Float64Array;
  /** Two threads, one lossless ring of 1,024, frames written and read whole; blocks until all are through. */
  ringRate(frames: number, frameBytes: number): Pick<PumpState, 'frames' | 'faults' | 'elapsedNs'>;
  /** Nanoseconds per copy of `bytes`. */
  copyRate(bytes: number, rounds: number): number;
}

/** The addon, loaded once per thread. */
export const testAddon = createRequire(import.meta.url)('../build/Release/streamlib_test.node') as TestAddon;
