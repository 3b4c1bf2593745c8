import type { SupervisionSpec } from '../graph/index.ts';

/**
 * When a call of `process` is reported of a processor that says nothing. A report harms nobody, and a lane that hangs
 * unnoticed costs an operator hours; 10 s, since a call that takes seconds (a model, a large file) is legitimate.
 */
export const REPORT_AFTER_MS = 10_000;

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
