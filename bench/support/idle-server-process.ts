import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { IdleServerAnswer, IdleServerKind, IdleServerReport, IdleServerRequest } from './idle-server.ts';

/** A server in a process of its own: see idle-server.ts. Disposing it ends the process. */
export class IdleServerProcess implements AsyncDisposable {
  readonly #process: ChildProcess = fork(new URL('./idle-server.ts', import.meta.url));
  readonly #ended = once(this.#process, 'exit');
  port = 0;

  static async start(kind: IdleServerKind): Promise<IdleServerProcess> {
    const server = new IdleServerProcess();
    ({ port: server.port } = (await server.#ask({ do: 'start', kind })) as { readonly port: number });
    return server;
  }

  /** What it uses now. */
  async report(): Promise<IdleServerReport> {
    return (await this.#ask({ do: 'report' })) as IdleServerReport;
  }

  async #ask(request: IdleServerRequest): Promise<IdleServerAnswer> {
    const answered = once(this.#process, 'message');
    this.#process.send(request);
    const [answer] = await Promise.race([answered, this.#ended.then(() => [SERVER_ENDED])]);
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}

const SERVER_ENDED = { error: 'the server ended before it answered' };
