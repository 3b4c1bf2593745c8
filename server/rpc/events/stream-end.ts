import { threadWheel } from './timer-wheel.ts';

/** What ends a stream as planned. */
export interface StreamEnd extends Disposable {
  /** Aborted when the stream is to end. */
  readonly signal: AbortSignal;
  /** As `ending` says it. */
  readonly reason: 'shutdown' | 'max_age';
}

/** A stream ends when the server drains, or after `maxAgeMs` where that is given. */
export function createStreamEnd({
  draining,
  maxAgeMs,
}: {
  readonly draining: AbortSignal;
  readonly maxAgeMs?: number | undefined;
}): StreamEnd {
  if (maxAgeMs === undefined) {
    return { signal: draining, reason: 'shutdown', [Symbol.dispose]() {} };
  }
  const aged = new AbortController();
  const end = (): void => aged.abort();
  if (draining.aborted) end();
  draining.addEventListener('abort', end);
  const stop = threadWheel.after(maxAgeMs, end);
  return {
    signal: aged.signal,
    get reason() {
      return draining.aborted ? 'shutdown' : 'max_age';
    },
    [Symbol.dispose]() {
      stop();
      draining.removeEventListener('abort', end);
    },
  };
}
