import { extname } from 'node:path';
import { type Transferable, Worker } from 'node:worker_threads';
import { StreamlibError } from '../errors.ts';
import type { JournalAnswers, JournalReply, JournalRequest, JournalStart } from './journal-messages.ts';

interface OpenRequest {
  resolve(value: never): void;
  reject(error: StreamlibError): void;
}

const ENTRY = new URL(`./journal-thread${extname(import.meta.url)}`, import.meta.url);

/** The journal's thread as its user sees it. Requests are answered in order, but for `verify`. */
export class JournalThread {
  readonly #start: JournalStart;
  readonly #onUpkeepFailed: (error: StreamlibError) => void;
  readonly #open = new Map<number, OpenRequest>();
  #worker: Worker | undefined;
  #ended: Promise<void> = Promise.resolve();
  #lastId = 0;

  constructor(start: JournalStart, onUpkeepFailed: (error: StreamlibError) => void) {
    this.#start = start;
    this.#onUpkeepFailed = onUpkeepFailed;
  }

  start(): void {
    if (this.#worker !== undefined) throw new StreamlibError('INTERNAL', 'the journal was opened before');
    // None of the main program's options: one like --input-type would keep the thread from starting.
    const worker = new Worker(ENTRY, { workerData: this.#start, name: 'journal', execArgv: [] });
    this.#worker = worker;
    let why = 'the thread of the journal has ended';
    worker.on('message', (reply: JournalReply) => this.#receive(reply));
    worker.on('error', (error) => {
      why = `the thread of the journal ended: ${error instanceof Error ? error.message : error}`;
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#worker = undefined;
        for (const request of this.#open.values()) request.reject(unavailable(why));
        this.#open.clear();
        resolve();
      });
    });
  }

  /** Rejects with the thread's error, and with JOURNAL_UNAVAILABLE when there is no thread or it ends meanwhile. */
  ask<Request extends JournalRequest>(
    request: Request,
    transfer: readonly Transferable[] = [],
  ): Promise<JournalAnswers[Request['kind']]> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(unavailable('the journal is not open'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      worker.postMessage({ id, request }, transfer);
    });
  }

  /** Closes the files and ends the thread. Resolves when it has ended, also if it had before. */
  async close(): Promise<void> {
    if (this.#worker !== undefined) await this.ask({ kind: 'close' });
    await this.#ended;
  }

  /** Ends a thread that could not open its files. */
  async end(): Promise<void> {
    await this.#worker?.terminate();
    await this.#ended;
  }

  #receive(reply: JournalReply): void {
    if ('upkeepError' in reply) {
      this.#onUpkeepFailed(StreamlibError.fromPlain(reply.upkeepError));
      return;
    }
    const request = this.#open.get(reply.id);
    this.#open.delete(reply.id);
    if ('error' in reply) request?.reject(StreamlibError.fromPlain(reply.error));
    else request?.resolve(reply.value as never);
  }
}

function unavailable(why: string): StreamlibError {
  return new StreamlibError('JOURNAL_UNAVAILABLE', why);
}
