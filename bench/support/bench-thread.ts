import { once } from 'node:events';
import { type MessagePort, Worker } from 'node:worker_threads';

/** What a thread answers. */
type Answer<Result> = { readonly result: Result } | { readonly error: string };

/**
 * A thread of a benchmark without any runtime: a module of bench/threads/ that answers each message with one (see
 * `answerMessages`). Disposing it ends the thread.
 */
export class BenchThread<Request, Result> implements AsyncDisposable {
  readonly #worker: Worker;

  /** `name` is the file's in bench/threads/; `ports` are those in its data. */
  constructor(name: string, workerData: unknown, ports: readonly MessagePort[] = []) {
    const url = new URL(`../threads/${name}.ts`, import.meta.url);
    this.#worker = new Worker(url, { workerData, name, transferList: [...ports] });
  }

  /** Sends a request and resolves with what it gave. Rejects when the thread throws or ends. One at a time. */
  async run(request: Request): Promise<Result> {
    const exited = new AbortController();
    const onExit = () => exited.abort(new Error('the thread ended before it answered'));
    this.#worker.once('exit', onExit);
    try {
      const answered = once(this.#worker, 'message', { signal: exited.signal });
      this.#worker.postMessage(request);
      const [answer] = (await answered) as [Answer<Result>];
      if ('error' in answer) throw new Error(answer.error);
      return answer.result;
    } finally {
      this.#worker.off('exit', onExit);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
