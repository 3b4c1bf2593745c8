import { MessageChannel, type MessagePort, postMessageToThread } from 'node:worker_threads';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { RuntimeOperations } from '../../server/runtime/operations.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';
import { RUNTIME_STATUSES, wordOf } from '../../server/runtime/vocabulary.ts';
import { createPortProxy } from '../support/port-proxy.ts';
import type { PortOffer } from '../support/serve-port.ts';

const MAIN_THREAD = 0;

const descriptor = {
  name: 'bench.CommandCaller',
  version: 1,
  description: 'Calls the runtime from a lane, as often as an event `call` asks, and says how long it took.',
  tags: ['bench'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'manual' },
  async: true,
  dedicated: true,
} as const satisfies ProcessorDescriptor;

type Call = (operations: RuntimeOperations) => Promise<void>;

/** Calls through the queue and, for comparison, through a port of its own. */
export class CommandCaller implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #listener: Disposable | undefined;
  #port: MessagePort | undefined;

  async setup(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    await postMessageToThread(MAIN_THREAD, { benchPort: port2 } satisfies PortOffer, [port2]);
    const ways = { queue: ctx.runtime, port: createPortProxy(port1) };
    this.#listener = ctx.events.subscribe('bench', ({ payload }) => {
      if (payload.case !== 'custom' || payload.value.name !== 'call') return;
      const { question, way, command, calls, in_flight } = payload.value.data ?? {};
      void timeCalls({
        operations: way === 'port' ? ways.port : ways.queue,
        call: CALLS[command as keyof typeof CALLS],
        calls: Number(calls),
        inFlight: Number(in_flight),
        ctx,
      }).then(
        (data) => ctx.events.publish('bench', { name: 'answer', data: { ...data, question: question ?? 0 } }),
        (error) => {
          const data = { question: question ?? 0, error: String(error) };
          ctx.events.publish('bench', { name: 'refusal', data });
        },
      );
    });
  }

  process(): void {}

  teardown(): void {
    this.#listener?.[Symbol.dispose]();
    this.#port?.close();
  }
}

let lastDelayMs = 0;

/** Each throws when the answer is not the right one. */
const CALLS = {
  getState: async (operations) => {
    const status = wordOf(RUNTIME_STATUSES, (await operations.getState()).status);
    if (status !== 'initial') throw new Error(`the status must be initial, was ${status}`);
  },
  updateProcessor: async (operations) => {
    lastDelayMs = (lastDelayMs % 3_600_000) + 1;
    const delayMs = lastDelayMs;
    const { processor } = await operations.updateProcessor('target', { config: { delay_ms: delayMs } });
    const answered = processor.config?.delay_ms;
    if (answered !== delayMs) throw new Error(`delay_ms must be ${delayMs}, was ${answered}`);
  },
} as const satisfies Record<string, Call>;

async function timeCalls({
  operations,
  call,
  calls,
  inFlight,
  ctx,
}: {
  operations: RuntimeOperations;
  call: Call;
  calls: number;
  inFlight: number;
  ctx: RuntimeContext<typeof descriptor>;
}): Promise<JsonObject> {
  let left = calls;
  const callOn = async () => {
    while (left-- > 0) await call(operations);
  };
  const startedUs = ctx.clock.nowUs();
  await Promise.all(Array.from({ length: inFlight }, callOn));
  return { took_us: ctx.clock.nowUs() - startedUs, calls };
}
