import type { RuntimeOperations } from '../../server/runtime/operations.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';

/*
 * Lets a test on the main thread call the operations of a processor in a lane: the calls cross to the lane and from
 * there, through a real RuntimeProxy, back to the runtime. The lane fetches them by calls on the main thread, where
 * this module is the same one that the test has.
 */
interface PendingCall {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly value?: unknown;
  readonly error?: { code: string; message: string; path: string };
}

const calls: PendingCall[] = [];
const waiting: ((call: PendingCall) => void)[] = [];
const open = new Map<number, (answer: Answer) => void>();
let lastId = 0;

/** Runs on the main thread: resolves with the next call. */
export function nextCall(): Promise<PendingCall> {
  const call = calls.shift();
  if (call !== undefined) return Promise.resolve(call);
  return new Promise((resolve) => waiting.push(resolve));
}

/** Runs on the main thread. */
export function answerCall(id: number, answer: Answer): void {
  open.get(id)?.(answer);
  open.delete(id);
}

/** Forgets the relay of the test before. */
export function resetRelay(): void {
  calls.length = 0;
  waiting.length = 0;
  open.clear();
}

/** The operations as the relay in its lane has them. */
export function relayedOperations(): RuntimeOperations {
  return new Proxy({} as RuntimeOperations, {
    get: (_, method: string) =>
      method === 'then'
        ? undefined
        : async (...args: unknown[]) => {
            const call = { id: ++lastId, method, args };
            const next = waiting.shift();
            if (next === undefined) calls.push(call);
            else next(call);
            const answer = await new Promise<Answer>((resolve) => open.set(call.id, resolve));
            if (answer.error !== undefined)
              throw Object.assign(new Error(answer.error.message), answer.error);
            return answer.value;
          },
  });
}

const descriptor = {
  name: 'Relay',
  version: 1,
  description: 'Calls operations for a test.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'manual' },
  async: true,
  dedicated: true,
} as const satisfies ProcessorDescriptor;

/** Fetches calls and answers them until it is stopped. */
export default class Relay implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    void this.#serve(ctx);
  }

  process(): void {}

  async #serve(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
    while (!ctx.signal.aborted) {
      const call = await ctx.runOnMainAsync<PendingCall>('nextCall');
      void this.#answer(ctx, call);
    }
  }

  async #answer(ctx: RuntimeContext<typeof descriptor>, { id, method, args }: PendingCall): Promise<void> {
    const operations = ctx.runtime as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const answer: Answer = await Promise.resolve(operations[method]?.(...args)).then(
      (value) => ({ value }),
      ({ code, message, path }) => ({ error: { code, message, path } }),
    );
    await ctx.runOnMainAsync('answerCall', id, answer);
  }
}
