import { threadSetNice, threadSetRealtime } from '../../../native/index.ts';
import type { LanePriority } from '../vocabulary.ts';

/**
 * Below the API and the runtime loop, so that a saturated graph never keeps a call from its answer. 15, because on
 * Linux 6.18 the p99 of a state read with four busy lanes was 3.7 times the idle one at nice 10, 2.4 times at 15
 * and 1.9 times at 19 (medians of bench/state-read.ts), and because 19 leaves a lane next to nothing beside other
 * programs.
 */
const NICE_OF_NORMAL = 15;

/** Above every thread without realtime priority, and below every other that asks for one. */
const REALTIME_PRIORITY = 1;

/**
 * Gives the calling thread what a lane's priority asks for: `normal` a nice value below the API's, `high` the API's,
 * `realtime` round-robin scheduling, or what `high` has where the system refuses it. Linux only; elsewhere it is
 * refused. Answers why it was refused, undefined if it was not.
 */
export function setThreadPriority(priority: LanePriority): string | undefined {
  if (priority === 'normal') return refused(`nice ${NICE_OF_NORMAL}`, threadSetNice(NICE_OF_NORMAL));
  // NB: nice 0 is what a thread begins with.
  if (priority === 'high') return undefined;
  return refused(`realtime priority ${REALTIME_PRIORITY}`, threadSetRealtime(REALTIME_PRIORITY));
}

const refused = (what: string, why: string | null): string | undefined =>
  why === null ? undefined : `${what} was refused: ${why}`;
