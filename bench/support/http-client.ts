import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { HttpCalls, HttpCallsTook } from './http-caller.ts';

/** A client in a process of its own: see http-caller.ts. Disposing it ends the process. */
export class HttpClient implements AsyncDisposable {
  readonly #process: ChildProcess = fork(new URL('./http-caller.ts', import.meta.url));
  readonly #ended = once(this.#process, 'exit');

  /** How long each call took, milliseconds. Rejects when an answer was not the expected one. */
  async time(calls: HttpCalls): Promise<readonly number[]> {
    return (await this.#call(calls)).tookMs;
  }

  /** How many calls a second were answered. Rejects when an answer was not the expected one. */
  async rate(calls: HttpCalls): Promise<number> {
    return (calls.calls / (await this.#call(calls)).elapsedMs) * 1000;
  }

  async #call(calls: HttpCalls) {
    const answered = once(this.#process, 'message');
    this.#process.send(calls);
    const [answer] = await Promise.race([answered, this.#ended.then(() => [CLIENT_ENDED])]);
    const took = answer as HttpCallsTook;
    if ('error' in took) throw new Error(took.error);
    return took;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}

const CLIENT_ENDED: HttpCallsTook = { error: 'the client ended before it answered' };
