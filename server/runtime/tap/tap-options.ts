import { StreamlibError } from '../errors.ts';

/** Enough for an eye, and little for a link that carries a million. */
const DEFAULT_RATE = 30;
const HIGHEST_RATE = 1_000;
const DEFAULT_BYTES = 65_536;
/** A message around such a frame is no larger than what clients of gRPC take that were told nothing. */
const MOST_BYTES = 4_000_000;

/** How much of a link an observer wants to see. */
export interface TapOptions {
  /**
   * Frames per second, above 0 and at most 1,000; default 30. It holds on average: up to a tenth of a second's frames may
   * come at once.
   */
  readonly maxRate?: number | undefined;
  /**
   * The largest frame that is shown whole, header included, 1 to 4,000,000 bytes; default 65,536. Of larger ones the
   * header is shown.
   */
  readonly maxBytes?: number | undefined;
}

/** What a tap does, with the defaults filled in. */
export interface TapLimits {
  readonly maxRate: number;
  readonly maxBytes: number;
}

/** Throws FIELD_INVALID. */
export function tapLimitsOf({ maxRate = DEFAULT_RATE, maxBytes = DEFAULT_BYTES }: TapOptions): TapLimits {
  if (!(maxRate > 0 && maxRate <= HIGHEST_RATE)) {
    const text = `max_rate must be above 0 and at most ${HIGHEST_RATE}, was ${maxRate}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'max_rate' });
  }
  if (!(Number.isInteger(maxBytes) && maxBytes > 0 && maxBytes <= MOST_BYTES)) {
    const text = `max_bytes must be a whole number from 1 to ${MOST_BYTES}, was ${maxBytes}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'max_bytes' });
  }
  return { maxRate, maxBytes };
}
