import type { RestartSpec, SupervisionSpec } from '../graph/index.ts';

/**
 * When a call of `process` is reported of a processor that says nothing. A report harms nobody, and a lane that hangs
 * unnoticed costs an operator hours; 10 s, since a call that takes seconds (a model, a large file) is legitimate.
 */
export const REPORT_AFTER_MS = 10_000;

const DEFAULT_BASE_MS = 100;
/** Longest delay, and how long a processor must run for its next stall to count as the first. */
const DEFAULT_MAX_MS = 30_000;
const DEFAULT_MAX_ATTEMPTS = 10;

/** When a call is reported, milliseconds; undefined where it never is. */
export function stallLimitMs({ watchdogMs }: SupervisionSpec): number | undefined {
  if (watchdogMs === undefined) return REPORT_AFTER_MS;
  return watchdogMs === 0 ? undefined : watchdogMs;
}

/**
 * Whether the lane of a stalled processor is ended: only where both a limit and a restart strategy were asked for.
 * Who wants restarts after exceptions has not said that long calls are wrong.
 */
export function endsStalledLane({ watchdogMs, restart }: SupervisionSpec): boolean {
  const strategy = restart?.strategy ?? 'never';
  return watchdogMs !== undefined && watchdogMs > 0 && strategy !== 'never';
}

/**
 * How long to wait before a processor is set up again that has been `attempts` times already; undefined where it is to
 * stay failed. The circuit breaker waits as `exponential` does.
 */
export function restartDelayMs(restart: RestartSpec, attempts: number): number | undefined {
  const { strategy, baseMs = DEFAULT_BASE_MS, maxMs = DEFAULT_MAX_MS } = restart;
  const { maxAttempts = DEFAULT_MAX_ATTEMPTS } = restart;
  if (maxAttempts !== 0 && attempts >= maxAttempts) return undefined;
  // NB: 2^attempts may be infinite, and Math.min still answers the longest delay.
  return strategy === 'immediate' ? 0 : Math.min(maxMs, baseMs * 2 ** attempts);
}

/** How long a processor must run after a restart for its next stall to count as the first, milliseconds. */
export const attemptsForgottenAfterMs = ({ maxMs = DEFAULT_MAX_MS }: RestartSpec): number => maxMs;
