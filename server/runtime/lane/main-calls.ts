import { type PlainError, StreamlibError } from '../errors.ts';
import type { FromLane } from './messages.ts';

type MainCall = Omit<Extract<FromLane, { kind: 'call_main' }>, 'kind' | 'callId'>;

interface OpenCall {
  resolve(value: unknown): void;
  reject(error: StreamlibError): void;
}

/** The calls of a lane's processors to the runtime's thread that have not been answered. */
export class MainCalls {
  readonly #send: (message: FromLane) => void;
  readonly #open = new Map<number, OpenCall>();
  #last = 0;

  constructor(send: (message: FromLane) => void) {
    this.#send = send;
  }

  /** Rejects with what the function threw, or with FIELD_INVALID if its arguments cannot cross threads. */
  call(call: MainCall): Promise<unknown> {
    const callId = ++this.#last;
    return new Promise((resolve, reject) => {
      try {
        this.#send({ kind: 'call_main', callId, ...call });
        this.#open.set(callId, { resolve, reject });
      } catch (error) {
        reject(StreamlibError.from(error, 'FIELD_INVALID'));
      }
    });
  }

  settle(callId: number, value: unknown): void {
    this.#take(callId)?.resolve(value);
  }

  fail(callId: number, error: PlainError): void {
    this.#take(callId)?.reject(StreamlibError.fromPlain(error));
  }

  #take(callId: number): OpenCall | undefined {
    const call = this.#open.get(callId);
    this.#open.delete(callId);
    return call;
  }
}
