import { setTimeout as pause } from 'node:timers/promises';
import { StreamlibError } from '../../server/runtime/errors.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorClass,
  ProcessorDescriptor,
  ProcessorIo,
  ProcessorTypeEntry,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

/* Small processors for tests of lanes and of the runtime. Their module's URL is a registry. */

const VALUE = dataLayout({ value: 1 });
const dataIn = { frame: DataFrame, description: 'values' } as const;
const dataOut = { frame: DataFrame, description: 'values' } as const;
const common = { version: 1, tags: ['test'], inputs: {}, outputs: {} } as const;

const emit = {
  ...common,
  name: 'Emit',
  description: 'Counts from 0, one frame per call, and ends after `count` frames.',
  outputs: { data: dataOut },
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 0, default: 1_000_000_000, description: 'frames' },
      per_call: { type: 'integer', minimum: 1, default: 1, description: 'frames per call' },
      channel_length: { type: 'integer', minimum: 1, default: 1, description: 'values per frame' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 100 },
} as const satisfies ProcessorDescriptor;

/** Counts up: value and sequence id of its frames are 0, 1, 2, …. */
export class Emit implements Processor<typeof emit> {
  static readonly descriptor = emit;
  #next = 0;

  process(io: ProcessorIo<typeof emit>, ctx: RuntimeContext<typeof emit>): void {
    const { count = Number.POSITIVE_INFINITY, per_call = 1, channel_length = 1 } = ctx.config;
    const layout = channel_length === 1 ? VALUE : { channels: { value: channel_length } };
    for (let i = 0; i < per_call && this.#next < count; i++) {
      const frame = io.outputs.data.acquire(layout);
      frame.sequenceId = this.#next;
      frame.channelAt(0).fill(this.#next++);
      io.outputs.data.write(frame);
    }
    if (this.#next >= count) ctx.end();
  }
}

const forward = {
  ...common,
  name: 'Forward',
  description: 'Passes every frame on.',
  inputs: { data_in: dataIn },
  outputs: { data_out: dataOut },
  configSchema: {
    type: 'object',
    properties: {
      label: { type: 'string', default: '', description: 'changes live unless it is "restart"' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Writes each frame on that it reads, and lets a `using` end after that. */
export class Forward implements Processor<typeof forward> {
  static readonly descriptor = forward;

  process(io: ProcessorIo<typeof forward>): void {
    using frame = io.inputs.data_in.read();
    if (frame !== undefined) io.outputs.data_out.write(frame);
  }

  configure(config: { label?: string }): boolean {
    return config.label !== 'restart';
  }
}

const busy = {
  ...common,
  name: 'Busy',
  description: 'Computes for a while with every frame and passes it on.',
  inputs: { data_in: dataIn },
  outputs: { data_out: dataOut },
  configSchema: {
    type: 'object',
    properties: { busy_us: { type: 'number', default: 30, description: 'microseconds per frame' } },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Takes a known share of its lane. */
export class Busy implements Processor<typeof busy> {
  static readonly descriptor = busy;

  process(io: ProcessorIo<typeof busy>, ctx: RuntimeContext<typeof busy>): void {
    const untilUs = ctx.clock.nowUs() + (ctx.config.busy_us ?? 0);
    using frame = io.inputs.data_in.read();
    while (ctx.clock.nowUs() < untilUs);
    if (frame !== undefined) io.outputs.data_out.write(frame);
  }
}

const staller = {
  ...common,
  name: 'Staller',
  description: 'Holds its lane for a while with one frame.',
  inputs: { data: { ...dataIn, many: true } },
  configSchema: {
    type: 'object',
    properties: {
      at: {
        type: 'integer',
        default: 10,
        description: 'sequence id of the frame that it holds its lane with',
      },
      hold_ms: { type: 'number', default: 0, description: 'milliseconds; 0 is for ever' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Comes back late, or never, from the call that reads a certain frame. */
export class Staller implements Processor<typeof staller> {
  static readonly descriptor = staller;

  process(io: ProcessorIo<typeof staller>, ctx: RuntimeContext<typeof staller>): void {
    using frame = io.inputs.data.read();
    if (frame?.sequenceId !== ctx.config.at) return;
    const forUs = ctx.config.hold_ms === 0 ? Number.POSITIVE_INFINITY : (ctx.config.hold_ms ?? 0) * 1000;
    const untilUs = ctx.clock.nowUs() + forUs;
    while (ctx.clock.nowUs() < untilUs);
  }
}

const collect = {
  ...common,
  name: 'Collect',
  description: 'Checks what arrives and publishes `collected` with what it saw when it is torn down.',
  inputs: { data: { ...dataIn, many: true } },
  configSchema: {
    type: 'object',
    properties: {
      latest: { type: 'boolean', default: false, description: 'reads the newest only' },
      each: { type: 'boolean', default: false, description: 'publishes each value as `value`' },
      topic: { type: 'string', default: 'test', description: 'where it publishes' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Publishes {count, in_order, whole, first, last}: in order means that values only rise. */
export class Collect implements Processor<typeof collect> {
  static readonly descriptor = collect;
  #count = 0;
  #inOrder = true;
  #whole = true;
  #first = -1;
  #last = -1;

  process(io: ProcessorIo<typeof collect>, ctx: RuntimeContext<typeof collect>): void {
    const input = io.inputs.data;
    using frame = ctx.config.latest ? input.readLatest() : input.read();
    if (frame === undefined) return;
    const values = frame.channelAt(0);
    const value = values[0] as number;
    if (this.#count++ === 0) this.#first = value;
    this.#inOrder &&= value > this.#last;
    this.#whole &&= value === frame.sequenceId && values.every((each) => each === value);
    this.#last = value;
    if (ctx.config.each) ctx.events.publish(ctx.config.topic ?? 'test', { name: 'value', data: { value } });
  }

  teardown(ctx: RuntimeContext<typeof collect>): void {
    const data = {
      count: this.#count,
      in_order: this.#inOrder,
      whole: this.#whole,
      first: this.#first,
      last: this.#last,
    };
    ctx.events.publish(ctx.config.topic ?? 'test', { name: 'collected', data });
  }
}

const thrower = {
  ...common,
  name: 'Thrower',
  description: 'Throws in the function that `in` names.',
  inputs: { data: dataIn },
  configSchema: {
    type: 'object',
    properties: {
      in: {
        enum: ['setup', 'process', 'teardown', 'timer', 'promise', 'nothing'],
        default: 'process',
        description: 'where; `nothing` leaves a timer running for ever instead',
      },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Throws; publishes `torn_down` in teardown, so that tests see that it ran once. */
export class Thrower implements Processor<typeof thrower> {
  static readonly descriptor = thrower;

  setup(ctx: RuntimeContext<typeof thrower>): void {
    if (ctx.config.in === 'setup')
      throw new StreamlibError('SETUP_FAILED', 'no such thing', { path: 'config.in' });
    if (ctx.config.in === 'nothing') setInterval(() => {}, 1000);
    if (ctx.config.in === 'promise') void Promise.reject(new Error('thrown in a promise'));
    if (ctx.config.in === 'timer') {
      setImmediate(() => {
        throw new Error('thrown in a timer');
      });
    }
  }

  process(io: ProcessorIo<typeof thrower>, ctx: RuntimeContext<typeof thrower>): void {
    using _frame = io.inputs.data.read();
    if (ctx.config.in === 'process') throw new Error('thrown in process');
  }

  teardown(ctx: RuntimeContext<typeof thrower>): void {
    ctx.events.publish('test', { name: 'torn_down' });
    if (ctx.config.in === 'teardown') throw new Error('thrown in teardown');
  }
}

const looper = {
  ...common,
  name: 'Looper',
  description: 'Never returns from its first call.',
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

/** On the main thread: the Loopers that hold their lanes. */
export const loopersAtWork = new Set<string>();

/** Holds its lane until the lane is ended; the main thread learns from where on. */
export class Looper implements Processor<typeof looper> {
  static readonly descriptor = looper;

  process(_io: ProcessorIo<typeof looper>, ctx: RuntimeContext<typeof looper>): void {
    // NB: such a call leaves at once, while events would wait for the end of a turn that never ends.
    void ctx.runOnMainAsync('noteLooper', ctx.id);
    for (;;);
  }
}

const hasty = {
  ...common,
  name: 'Hasty',
  description: 'A source, called once a second until it sets another interval in its first call.',
  outputs: { data: { frame: DataFrame, description: 'A frame for each call.' } },
  configSchema: {
    type: 'object',
    required: ['interval_us'],
    properties: { interval_us: { type: 'number', description: 'The interval.' } },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1_000_000 },
} as const satisfies ProcessorDescriptor;

/** Chooses how often it is called. */
export class Hasty implements Processor<typeof hasty> {
  static readonly descriptor = hasty;

  process({ outputs }: ProcessorIo<typeof hasty>, ctx: RuntimeContext<typeof hasty>): void {
    ctx.setIntervalUs(ctx.config.interval_us);
    outputs.data.write(outputs.data.acquire({ channels: { value: 1 } }));
  }
}

const asyncEcho = {
  ...common,
  name: 'AsyncEcho',
  description: 'Passes each frame on after a timer, and waits for the credit of its output.',
  inputs: { data_in: dataIn },
  outputs: { data_out: dataOut },
  configSchema: {
    type: 'object',
    properties: { delay_ms: { type: 'number', default: 1, description: 'milliseconds' } },
    additionalProperties: false,
  },
  async: true,
} as const satisfies ProcessorDescriptor;

/** Asynchronous in every one of its functions. */
export class AsyncEcho implements Processor<typeof asyncEcho> {
  static readonly descriptor = asyncEcho;
  #calls = 0;

  async setup(): Promise<void> {
    await pause(1);
  }

  async process(io: ProcessorIo<typeof asyncEcho>, ctx: RuntimeContext<typeof asyncEcho>): Promise<void> {
    if (++this.#calls !== 1) throw new Error('process was called before it had settled');
    using frame = io.inputs.data_in.read();
    await pause(ctx.config.delay_ms ?? 1);
    await io.outputs.data_out.ready();
    if (frame !== undefined) io.outputs.data_out.write(frame);
    this.#calls--;
  }

  async teardown(ctx: RuntimeContext<typeof asyncEcho>): Promise<void> {
    await pause(1);
    ctx.events.publish('test', { name: 'torn_down' });
  }
}

const promiser = {
  ...common,
  name: 'Promiser',
  description: 'Returns a promise although it does not declare async.',
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

/** Breaks the rule for synchronous types. */
export class Promiser implements Processor<typeof promiser> {
  static readonly descriptor = promiser;

  async process(): Promise<void> {}
}

const caller = {
  ...common,
  name: 'Caller',
  description: 'Calls an export of its module on the main thread and publishes the answer.',
  configSchema: {
    type: 'object',
    properties: { subscribe: { type: 'string', default: 'none', description: 'topic that it listens to' } },
    additionalProperties: false,
  },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

/** Exercises the context: main calls, commands, listeners and the signal. */
export class Caller implements Processor<typeof caller> {
  static readonly descriptor = caller;

  setup(ctx: RuntimeContext<typeof caller>): void {
    const publish = (name: string, data = {}) => ctx.events.publish('test', { name, data });
    ctx.runOnMainAsync<number>('double', 21).then(
      (value) => publish('returned', { value }),
      (error) => publish('threw', { code: error.code }),
    );
    ctx.runtime.getState().then(
      () => publish('state_known'),
      (error) => publish('state_failed', { code: error.code }),
    );
    ctx.signal.addEventListener('abort', () => publish('aborted'));
    // The listener lives as long as the processor, because the context is kept by it.
    this.#listener = ctx.events.subscribe(ctx.config.subscribe ?? 'none', (event) =>
      publish('heard', { topic: event.topic }),
    );
  }

  #listener: Disposable | undefined;

  process(): void {}

  teardown(): void {
    this.#listener?.[Symbol.dispose]();
  }
}

const ender = {
  ...common,
  name: 'Ender',
  description: 'Ends another one of its type that is in the same lane.',
  configSchema: {
    type: 'object',
    properties: { of: { type: 'string', default: '', description: 'id of the other one' } },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

/** Calls `ctx.end()` of the other one in a turn of its own. */
export class Ender implements Processor<typeof ender> {
  static readonly descriptor = ender;
  static readonly #contexts = new Map<string, RuntimeContext<typeof ender>>();

  setup(ctx: RuntimeContext<typeof ender>): void {
    Ender.#contexts.set(ctx.id, ctx);
  }

  process(_io: ProcessorIo<typeof ender>, ctx: RuntimeContext<typeof ender>): void {
    Ender.#contexts.get(ctx.config.of ?? '')?.end();
  }

  teardown(ctx: RuntimeContext<typeof ender>): void {
    Ender.#contexts.delete(ctx.id);
  }
}

const entry = (type: ProcessorClass): ProcessorTypeEntry => ({
  type: type.descriptor.name,
  load: async () => ({
    default: type,
    double: (value: number) => value * 2,
    noteLooper: (id: string) => loopersAtWork.add(id).size,
  }),
});

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  entry(Emit),
  entry(Forward),
  entry(Busy),
  entry(Staller),
  entry(Collect),
  entry(Thrower),
  entry(Looper),
  entry(Hasty),
  entry(AsyncEcho),
  entry(Promiser),
  entry(Caller),
  entry(Ender),
  { type: 'Unloadable', load: () => Promise.reject(new Error('the module is broken')) },
];
