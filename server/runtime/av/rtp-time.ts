import { StreamlibError } from '../errors.ts';

/** Of video, and of all media that do not say otherwise: https://www.rfc-editor.org/rfc/rfc3551#section-5 */
export const DEFAULT_CLOCK_RATE_HZ = 90_000;

/** How the timestamps of one RTP stream run. */
export interface RtpClock {
  /** A whole number from 1 to 1,000,000,000. Default 90,000; sound uses its sample rate. */
  readonly clockRateHz?: number;
  /**
   * The timestamp at monotonic time 0. Default 0; senders choose it at random
   * (https://www.rfc-editor.org/rfc/rfc3550#section-5.1).
   */
  readonly offset?: number;
}

const NS_PER_SECOND = 1_000_000_000n;
const TWO_32 = 2n ** 32n;

/**
 * The 32-bit RTP timestamp of an instant of CLOCK_MONOTONIC, to the nearest tick. It wraps around: at 90 kHz after
 * 13 hours and 15 minutes. Exact for any time, since it counts in whole numbers. Throws FIELD_INVALID naming a
 * field of the clock.
 */
export function toRtpTimestamp(monotonicNs: bigint, clock: RtpClock = {}): number {
  const rate = clockRateOf(clock);
  const ticks = divideToNearest(monotonicNs * rate, NS_PER_SECOND);
  return Number(BigInt.asUintN(32, ticks + offsetOf(clock)));
}

/**
 * The instant of CLOCK_MONOTONIC that a 32-bit RTP timestamp stands for: of all instants with that timestamp the
 * one nearest to `nearNs`, such as the time at which the packet arrived. `toRtpTimestamp` gives the timestamp back.
 * Throws FIELD_INVALID naming the field.
 */
export function fromRtpTimestamp(timestamp: number, nearNs: bigint, clock: RtpClock = {}): bigint {
  assertTimestamp('timestamp', timestamp);
  const rate = clockRateOf(clock);
  const nearTicks = divideToNearest(nearNs * rate, NS_PER_SECOND) + offsetOf(clock);
  const distance = BigInt.asIntN(32, BigInt(timestamp) - nearTicks);
  return divideToNearest((nearTicks + distance - offsetOf(clock)) * NS_PER_SECOND, rate);
}

/**
 * Counts the 32-bit timestamps of one RTP stream on over their wrap-around. A timestamp that is up to 2^31 ticks
 * before the newest one counts as late and not as a wrap-around, so packets may arrive out of order.
 */
export class RtpUnwrapper {
  #newest: number | undefined;

  /**
   * Ticks since the wrap-around before the first timestamp; the first one is itself. Below 0 for one that comes late
   * from before a wrap-around. A number, exact for over 3,000 years at 90 kHz, so that it costs no allocation.
   * Throws FIELD_INVALID.
   */
  unwrap(timestamp: number): number {
    assertTimestamp('timestamp', timestamp);
    const newest = this.#newest;
    if (newest === undefined) {
      this.#newest = timestamp;
      return timestamp;
    }
    // NB: `| 0` takes both to 32 bits, so the difference is the shorter way around.
    const ticks = newest + ((timestamp - newest) | 0);
    if (ticks > newest) this.#newest = ticks;
    return ticks;
  }

  /** Forgets the stream: the next timestamp is a first one, as after a change of its source. */
  reset(): void {
    this.#newest = undefined;
  }
}

/** How long that many ticks take, to the nearest nanosecond. Throws FIELD_INVALID. */
export function rtpTicksToNs(ticks: number | bigint, clockRateHz: number = DEFAULT_CLOCK_RATE_HZ): bigint {
  return divideToNearest(BigInt(ticks) * NS_PER_SECOND, clockRateOf({ clockRateHz }));
}

/** Halves are rounded up. */
function divideToNearest(value: bigint, divisor: bigint): bigint {
  const doubled = value * 2n + divisor;
  const quotient = doubled / (divisor * 2n);
  // NB: bigint division goes towards 0, which is up for numbers below it.
  return doubled < 0n && quotient * divisor * 2n !== doubled ? quotient - 1n : quotient;
}

function clockRateOf({ clockRateHz = DEFAULT_CLOCK_RATE_HZ }: RtpClock): bigint {
  if (Number.isInteger(clockRateHz) && clockRateHz >= 1 && clockRateHz <= 1e9) return BigInt(clockRateHz);
  const text = `clockRateHz must be a whole number from 1 to 1000000000, was ${clockRateHz}`;
  throw new StreamlibError('FIELD_INVALID', text, { path: 'clockRateHz' });
}

function offsetOf({ offset = 0 }: RtpClock): bigint {
  assertTimestamp('offset', offset);
  return BigInt(offset);
}

function assertTimestamp(field: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value < Number(TWO_32)) return;
  const text = `${field} must be a whole number from 0 to 4294967295, was ${value}`;
  throw new StreamlibError('FIELD_INVALID', text, { path: field });
}
