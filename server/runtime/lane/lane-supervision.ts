import type { ErrorPolicy } from '../vocabulary.ts';
import type { CircuitLimits } from './circuit-breaker.ts';

/** What a lane has to know of how failures of a processor are handled. */
export interface LaneSupervision {
  readonly errorPolicy: ErrorPolicy;
  /** What `use_default` writes: a Frame message with a DataFrame, encoded. */
  readonly defaultFrame: Uint8Array | undefined;
  /** Whether it may be set up again after it has failed: what waits for it is then kept until it is clear that it is not. */
  readonly comesBack: boolean;
  /** Of the strategy `circuit_breaker`. */
  readonly circuit: CircuitLimits | undefined;
}

/** A processor of which nothing was said fails with the first exception and stays failed. */
export const UNSUPERVISED: LaneSupervision = {
  errorPolicy: 'propagate',
  defaultFrame: undefined,
  comesBack: false,
  circuit: undefined,
};
