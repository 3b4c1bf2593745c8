import type { Duplex, Writable } from 'node:stream';
import { createContextKey } from '@connectrpc/connect';
import type { AnyResponse } from '../request-listener.ts';
import type { ItemForm, SubscriptionItem } from './subscription-item.ts';

/**
 * The response that a call's messages may be written to as they are, where the call came over a binary protocol whose
 * messages stand in envelopes.
 */
export const envelopeResponseKey = createContextKey<AnyResponse | undefined>(undefined, {
  description: 'response that takes envelopes',
});

/**
 * Where one subscriber's bytes go: a response, or the socket below a WebSocket. What happens is written here without
 * passing through the layers of the call, so that a delivery is one write of bytes that all subscribers share. It is
 * ready while less than the stream's high-water mark waits (64 KiB), so that a peer that does not read holds that and
 * one item.
 */
export class EventSink {
  readonly #form: ItemForm;
  readonly #stream: Pick<Writable, 'write' | 'writableNeedDrain'>;
  readonly #isOpen: () => boolean;
  #isDrained: boolean;
  #listener = (): void => {};

  /** While `isOpen` denies it, nothing may be written. */
  constructor(stream: AnyResponse | Duplex, form: ItemForm, isOpen: () => boolean = () => true) {
    this.#form = form;
    // The types of the responses have overloads that do not unite.
    this.#stream = stream as Writable;
    this.#isOpen = isOpen;
    this.#isDrained = !this.#stream.writableNeedDrain;
    stream.on('drain', () => {
      this.#isDrained = true;
      this.#listener();
    });
    if ('stream' in stream) {
      const { stream: http2Stream } = stream;
      // A reset stream with a write that flow control holds back stays half open and never emits `close` by itself.
      // NB: not at once, since a reset by this side emits `aborted` before it sends the frame that says so.
      http2Stream.once('aborted', () => process.nextTick(() => http2Stream.destroy()));
    }
  }

  /** Whether the network has taken enough of what was written. Whoever writes all the same only adds to it. */
  get isReady(): boolean {
    return this.#isDrained && this.#isOpen();
  }

  /** Drops what comes when the peer has said goodbye. What the form has no bytes for costs nothing. */
  write(item: SubscriptionItem): void {
    if (!this.#isOpen()) return;
    const bytes = item.bytes(this.#form);
    if (bytes.length > 0) this.#isDrained = this.#stream.write(bytes);
  }

  /** Calls `listener`, and it alone, whenever the sink becomes ready again. */
  onReady(listener: () => void): void {
    this.#listener = listener;
  }

  /** Resolves when the sink is ready; rejects with the signal's reason when that aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.isReady) return;
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      this.onReady(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }
}

/** Writes what a subscription does not write itself, at the pace of the sink. Rejects as the items and the signal do. */
export async function writeItems(
  items: AsyncIterable<SubscriptionItem>,
  sink: EventSink,
  signal: AbortSignal,
): Promise<void> {
  for await (const item of items) {
    sink.write(item);
    await sink.ready(signal);
  }
}
