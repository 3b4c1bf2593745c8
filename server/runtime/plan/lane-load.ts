/** What a processor was measured to cost its lane over the last seconds. */
export interface ProcessorLoad {
  /** Seconds in `process` per second: 1 fills a lane. */
  readonly busyShare: number;
  /** Calls of `process` per second. */
  readonly callsPerSecond: number;
}

/**
 * How busy a lane may become by what is placed in it. The rest is for what the times of `process` do not contain
 * (hand-overs, timers, garbage collection) and for bursts: above this, waiting times grow steeply.
 */
export const BUSY_BOUND = 0.7;

/**
 * What a processor is taken to cost that has not been measured. At 5 % a new graph of up to 14 processors that belong
 * together begins in one lane, where links are direct; what this gets wrong, a replan with measured times puts right.
 */
export const ESTIMATED_SHARE = 0.05;

/**
 * What a frame costs that goes from one lane to another instead of being handed over directly, both sides together:
 * the ring, and its part of a wake-up where frames come one by one. Only ratios matter: links that carry many frames
 * are worth more.
 */
export const HAND_OVER_US = 1;

/** Sums of shares are exact to less than this. */
const ROUNDING = 1e-9;

/** Whether a lane is not busier than it may become by placing. */
export const isWithinBound = (busyShare: number): boolean => busyShare <= BUSY_BOUND + ROUNDING;

/** What a processor is taken to cost, measured or not. */
export const shareOf = (load: ProcessorLoad | undefined): number => load?.busyShare ?? ESTIMATED_SHARE;
