import { StreamlibError } from './errors.ts';
import type { StateOrigin } from './processor.ts';

/** The state of a processor, as it crosses threads and restarts. */
export interface Checkpoint extends StateOrigin {
  /** A JSON object of at most 64 KiB. As text, since it is compared and stored more often than it is read. */
  readonly stateJson: string;
}

const INTERVAL_MS_DEFAULT = 1_000;
/** A shorter interval would cost more than what it saves from a crash. */
const INTERVAL_MS_LEAST = 10;
const INTERVAL_MS_MOST = 86_400_000;

/** How often processors are asked for their state; default 1,000. Throws FIELD_INVALID outside of 10 ms to a day. */
export function checkedCheckpointIntervalMs(intervalMs: number = INTERVAL_MS_DEFAULT): number {
  if (Number.isInteger(intervalMs) && intervalMs >= INTERVAL_MS_LEAST && intervalMs <= INTERVAL_MS_MOST)
    return intervalMs;
  const text = `checkpointIntervalMs must be an integer from ${INTERVAL_MS_LEAST} to ${INTERVAL_MS_MOST}, was ${intervalMs}`;
  throw new StreamlibError('FIELD_INVALID', text, { path: 'checkpointIntervalMs' });
}
