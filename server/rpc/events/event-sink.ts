import type { BatchForm } from './batch-form.ts';

/**
 * Where one subscriber's bytes go. A subscription that has one writes to it what happens, without passing through
 * the layers of the call, so that a delivery is one write of bytes that all subscribers share.
 */
export interface EventSink {
  readonly form: BatchForm;
  /** Whether the network has taken enough of what was written. Whoever writes all the same only adds to it. */
  readonly isReady: boolean;
  write(bytes: Uint8Array): void;
  /** Calls `listener`, and it alone, whenever the sink becomes ready again. */
  onReady(listener: () => void): void;
}

/** Resolves when the sink is ready; rejects with the signal's reason when that aborts. */
export async function sinkReady(sink: EventSink, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (sink.isReady) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    sink.onReady(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
