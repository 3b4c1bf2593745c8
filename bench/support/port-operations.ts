import type { MessagePort } from 'node:worker_threads';
import type { PlainError } from '../../server/runtime/errors.ts';
import { StreamlibError } from '../../server/runtime/errors.ts';
import {
  type CommandInit,
  type CommandOptions,
  contextOf,
  Operations,
} from '../../server/runtime/operations.ts';

/** One command on its way, one message each. */
export interface PortCommand {
  readonly id: number;
  readonly command: CommandInit;
  readonly context: ReturnType<typeof contextOf>;
}

/** Its answer, one message each. */
export type PortAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: PlainError };

interface OpenCall {
  resolve(value: unknown): void;
  reject(error: StreamlibError): void;
}

/** The operations of a runtime on another thread without the queue: each call is a message, and so is each answer. */
export class PortOperations extends Operations {
  readonly #port: MessagePort;
  readonly #open = new Map<number, OpenCall>();
  #lastId = 0;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on('message', (answer: PortAnswer) => {
      const call = this.#open.get(answer.id);
      this.#open.delete(answer.id);
      if ('error' in answer) call?.reject(StreamlibError.fromPlain(answer.error));
      else call?.resolve(answer.value);
    });
  }

  protected override send(command: CommandInit, options: CommandOptions): Promise<unknown> {
    const id = ++this.#lastId;
    this.#port.postMessage({ id, command, context: contextOf(options) } satisfies PortCommand);
    return new Promise((resolve, reject) => this.#open.set(id, { resolve, reject }));
  }
}
