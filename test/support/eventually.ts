import { setTimeout as pause } from 'node:timers/promises';

const LONGEST_PAUSE_MS = 20;

/**
 * Resolves as soon as `check` holds; asks again at once, then every few milliseconds. An error that `check`
 * throws counts as "not yet". Rejects after `timeoutMs` and then names `what` and the last such error.
 */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  let lastError: unknown;
  for (let attempt = 0; ; attempt++) {
    try {
      if (await check()) return;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadlineMs) break;
    await pause(Math.min(attempt, LONGEST_PAUSE_MS));
  }
  const reason = lastError === undefined ? '' : `: ${String(lastError)}`;
  throw new Error(`not within ${timeoutMs} ms: ${what}${reason}`, { cause: lastError });
}
