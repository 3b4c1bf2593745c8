import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { StreamlibError } from '../../../runtime/errors.ts';
import type { BacktestAdvance, BacktestOrder } from './backtest-order.ts';
import type { BacktestNote } from './backtest-thread.ts';

const ENTRY = new URL('./backtest-thread.ts', import.meta.url);
/** Threads without work are ended after this time: each holds the data of its last run. */
const IDLE_LIMIT_MS = 10_000;

/** Who wants an order done. */
export interface BacktestCustomer {
  onStart?(): void;
  onAdvance?(advance: BacktestAdvance): void;
}

interface Waiting {
  readonly order: BacktestOrder;
  readonly customer: BacktestCustomer;
  readonly done: PromiseWithResolvers<Uint8Array<ArrayBuffer>>;
}

/** Runs orders in threads, one per core at most, in the order in which they come. */
export class BacktestThreads {
  readonly #most: number;
  readonly #waiting = new Set<Waiting>();
  readonly #busy = new Map<Waiting, Worker>();
  readonly #idle = new Map<Worker, NodeJS.Timeout>();

  constructor(most = availableParallelism()) {
    this.#most = most;
  }

  /** The report in binary form. Rejects with why there is none; when `signal` is aborted, with CANCELLED. */
  async run(
    order: BacktestOrder,
    signal: AbortSignal,
    customer: BacktestCustomer = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    if (signal.aborted) throw cancelled();
    const work: Waiting = { order, customer, done: Promise.withResolvers() };
    const cancel = (): void => this.#cancel(work);
    signal.addEventListener('abort', cancel);
    this.#waiting.add(work);
    this.#begin();
    try {
      return await work.done.promise;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async close(): Promise<void> {
    for (const work of [...this.#waiting, ...this.#busy.keys()]) this.#cancel(work);
    const idle = [...this.#idle.keys()];
    for (const worker of idle) this.#retire(worker);
    await Promise.all(idle.map((worker) => worker.terminate()));
  }

  #begin(): void {
    for (const work of this.#waiting) {
      if (this.#busy.size >= this.#most) return;
      this.#waiting.delete(work);
      const worker = this.#takeWorker();
      this.#busy.set(work, worker);
      worker.on('message', (note: BacktestNote) => this.#onNote(work, worker, note));
      worker.once('error', (error) => this.#onDeath(work, error));
      work.customer.onStart?.();
      worker.postMessage(work.order);
    }
  }

  #takeWorker(): Worker {
    const [idle] = this.#idle.keys();
    if (idle === undefined) return new Worker(ENTRY, { name: 'backtest', execArgv: [] });
    this.#retire(idle);
    return idle;
  }

  #retire(worker: Worker): void {
    clearTimeout(this.#idle.get(worker));
    this.#idle.delete(worker);
    worker.ref();
  }

  #onNote(work: Waiting, worker: Worker, note: BacktestNote): void {
    if (note.note === 'advanced') {
      work.customer.onAdvance?.(note.advance);
      return;
    }
    this.#busy.delete(work);
    worker.removeAllListeners('message');
    worker.removeAllListeners('error');
    const timer = setTimeout(() => {
      this.#idle.delete(worker);
      void worker.terminate();
    }, IDLE_LIMIT_MS);
    timer.unref();
    worker.unref();
    this.#idle.set(worker, timer);
    if (note.note === 'finished') work.done.resolve(note.report);
    else work.done.reject(StreamlibError.fromPlain(note.error));
    this.#begin();
  }

  #onDeath(work: Waiting, error: unknown): void {
    this.#busy.delete(work);
    work.done.reject(StreamlibError.from(error));
    this.#begin();
  }

  #cancel(work: Waiting): void {
    this.#waiting.delete(work);
    const worker = this.#busy.get(work);
    this.#busy.delete(work);
    work.done.reject(cancelled());
    if (worker === undefined) return;
    worker.removeAllListeners();
    void worker.terminate();
    this.#begin();
  }
}

const cancelled = (): StreamlibError => new StreamlibError('CANCELLED', 'the backtest was cancelled');
