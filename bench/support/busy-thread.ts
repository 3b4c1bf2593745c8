import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const RUN_WORD = 0;
const ROUNDS_WORD = 1;

/** A thread that computes without a pause while something else is measured. Disposing it ends it. */
export class BusyThread implements AsyncDisposable {
  readonly #words = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  static async start(): Promise<BusyThread> {
    const thread = new BusyThread();
    await once(thread.#worker, 'message');
    return thread;
  }

  private constructor() {
    const workerData = this.#words.buffer;
    this.#worker = new Worker(new URL('../threads/spinner.ts', import.meta.url), { workerData });
  }

  /** Measures while the thread computes, and makes sure that it did. */
  async during<Result>(measure: () => Promise<Result>): Promise<Result> {
    const before = Atomics.load(this.#words, ROUNDS_WORD);
    Atomics.store(this.#words, RUN_WORD, 1);
    Atomics.notify(this.#words, RUN_WORD);
    try {
      return await measure();
    } finally {
      Atomics.store(this.#words, RUN_WORD, 0);
      assert.notEqual(Atomics.load(this.#words, ROUNDS_WORD), before, 'the busy thread must have computed');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
