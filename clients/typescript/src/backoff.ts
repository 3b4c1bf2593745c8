const FIRST_MS = 100;
const LONGEST_MS = 5000;

/**
 * How long to wait before the next attempt: at random up to a limit that doubles with each, so that the clients of a
 * server that was away do not come back together ("full jitter": M. Brooker, Exponential Backoff And Jitter, 2015).
 */
export class Backoff {
  #attempts = 0;

  nextMs(random = Math.random): number {
    const limit = Math.min(FIRST_MS * 2 ** this.#attempts, LONGEST_MS);
    this.#attempts++;
    return random() * limit;
  }

  reset(): void {
    this.#attempts = 0;
  }
}

/** Resolves after a time, or when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
