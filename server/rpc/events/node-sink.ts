import type { Writable } from 'node:stream';
import { createContextKey } from '@connectrpc/connect';
import type { AnyResponse } from '../request-listener.ts';
import type { BatchForm } from './batch-form.ts';
import type { EventSink } from './event-sink.ts';

/**
 * The response that a call's messages are written to as they are, where the call came over a binary protocol whose
 * messages stand in envelopes.
 */
export const envelopeResponseKey = createContextKey<AnyResponse | undefined>(undefined, {
  description: 'response that takes envelopes',
});

/**
 * A sink that is a response or a socket. It is ready while less than the stream's high-water mark waits (64 KiB),
 * so that a peer that does not read holds that and one batch.
 */
export class NodeSink implements EventSink {
  readonly form: BatchForm;
  readonly #stream: Pick<Writable, 'write' | 'writableNeedDrain'>;
  #isReady: boolean;
  #listener = (): void => {};

  constructor(stream: Writable | AnyResponse, form: BatchForm) {
    this.form = form;
    // The response types have overloads that do not unite.
    this.#stream = stream as Writable;
    this.#isReady = !this.#stream.writableNeedDrain;
    stream.on('drain', () => {
      this.#isReady = true;
      this.#listener();
    });
    if ('stream' in stream) {
      const { stream: http2Stream } = stream;
      // A reset stream with a write that flow control holds back stays half open and never emits `close` by itself.
      http2Stream.once('aborted', () => http2Stream.destroy());
    }
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  write(bytes: Uint8Array): void {
    this.#isReady = this.#stream.write(bytes);
  }

  onReady(listener: () => void): void {
    this.#listener = listener;
  }
}
