import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Repetition, RepetitionTook } from './request-repeater.ts';

/** A client in a process of its own: see request-repeater.ts. Disposing it ends the process. */
export class RepeatingClient implements AsyncDisposable {
  readonly #process: ChildProcess = fork(new URL('./request-repeater.ts', import.meta.url));
  readonly #ended = once(this.#process, 'exit');

  /** How many calls a second were answered. Rejects when an answer was not the expected one. */
  async rate(repetition: Repetition): Promise<number> {
    const answered = once(this.#process, 'message');
    this.#process.send(repetition);
    const [answer] = await Promise.race([answered, this.#ended.then(() => [CLIENT_ENDED])]);
    const took = answer as RepetitionTook;
    if ('error' in took) throw new Error(took.error);
    return (repetition.calls / took.elapsedMs) * 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}

const CLIENT_ENDED: RepetitionTook = { error: 'the client ended before it answered' };
