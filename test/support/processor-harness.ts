import assert from 'node:assert/strict';
import type { MediaClock } from '../../server/runtime/clock.ts';
import type { CustomEvent } from '../../server/runtime/events/bus.ts';
import type { FramePool } from '../../server/runtime/frame/frame-pool.ts';
import type { Frame, FrameType } from '../../server/runtime/frame/frame-type.ts';
import { frameToJson } from '../../server/runtime/frame/frame-types.ts';
import { passFrame } from '../../server/runtime/frame/slot-reference.ts';
import { parseProcessorId } from '../../server/runtime/ids.ts';
import type { JsonObject, JsonValue } from '../../server/runtime/json.ts';
import type { Logger, LogRecord } from '../../server/runtime/log.ts';
import type {
  AnyProcessor,
  ProcessorClass,
  ProcessorInput,
  ProcessorOutput,
  StateOrigin,
} from '../../server/runtime/processor.ts';
import { withDefaults } from './config-defaults.ts';
import { createTestPool } from './test-pool.ts';

/** A clock that stands still until a test moves it. */
export class ManualClock implements MediaClock {
  #us = 1_000_000_000;

  now = (): bigint => BigInt(Math.round(this.#us * 1000));
  nowUs = (): number => this.#us;
  utcUs = (): number => 1_700_000_000_000_000 + Math.round(this.#us);

  advanceMs(ms: number): void {
    this.#us += ms * 1000;
  }
}

class InputQueue implements ProcessorInput {
  readonly frames: Frame[] = [];
  links = 1;
  stale = 0;
  /** As after the last frame of the last link; set it when the frames are read. */
  ended = false;

  read(): Frame | undefined {
    return this.frames.shift();
  }

  readLatest(): Frame | undefined {
    while (this.frames.length > 1) {
      this.frames.shift()?.release();
      this.stale++;
    }
    return this.frames.shift();
  }

  get queued(): number {
    return this.frames.length;
  }
}

class OutputCollector implements ProcessorOutput<Frame, unknown> {
  readonly frames: Frame[] = [];
  readonly #pool: FramePool;
  readonly #type: FrameType<Frame, unknown>;
  links = 1;
  credit = Number.POSITIVE_INFINITY;

  constructor(pool: FramePool, type: FrameType<Frame, unknown>) {
    this.#pool = pool;
    this.#type = type;
  }

  acquire(shape: unknown): Frame {
    return this.#pool.acquire(this.#type, shape);
  }

  write(frame: Frame): void {
    // As on a real link: the writer's reference ends here.
    this.frames.push(passFrame(frame));
    this.credit--;
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }
}

/** What a test may set of the surroundings of a processor. */
export interface HarnessOptions {
  /** As a user gives it; defaults are filled in from the schema. */
  readonly config?: JsonObject;
  readonly clock?: MediaClock;
}

/**
 * Drives one processor through its public contract, with real frames from a real pool and without threads: feed
 * the inputs, call `process` as the runtime would, look at the outputs, events and log lines.
 */
export class ProcessorHarness {
  readonly pool = createTestPool();
  readonly inputs: Record<string, InputQueue> = {};
  readonly outputs: Record<string, OutputCollector> = {};
  readonly events: { topic: string; event: CustomEvent }[] = [];
  readonly logs: Pick<LogRecord, 'level' | 'message' | 'fields'>[] = [];
  readonly context: Record<string, unknown>;
  readonly #processor: AnyProcessor;
  readonly #io: object;
  readonly #abort = new AbortController();
  ended = false;
  /** As the processor set it last. */
  intervalUs: number | undefined;

  constructor(processorClass: ProcessorClass, options: HarnessOptions = {}) {
    const { descriptor } = processorClass;
    for (const name of Object.keys(descriptor.inputs)) this.inputs[name] = new InputQueue();
    for (const [name, { frame }] of Object.entries(descriptor.outputs)) {
      this.outputs[name] = new OutputCollector(this.pool, frame as FrameType<Frame, unknown>);
    }
    this.context = {
      id: parseProcessorId('under-test'),
      config: withDefaults(descriptor.configSchema, options.config ?? {}),
      events: { publish: (topic: string, event: CustomEvent) => this.events.push({ topic, event }) },
      clock: options.clock ?? new ManualClock(),
      log: this.#logger(),
      signal: this.#abort.signal,
    };
    const { context } = this;
    const end = (): void => {
      this.ended = true;
    };
    // As in a lane, where it is a method.
    context.end = function (this: unknown) {
      assert.equal(this, context, 'end is called on its context');
      end();
    };
    context.setIntervalUs = (intervalUs: number): void => {
      this.intervalUs = intervalUs;
    };
    this.#io = { inputs: this.inputs, outputs: this.outputs };
    this.#processor = new processorClass();
  }

  async setup(): Promise<void> {
    await this.#processor.setup?.(this.context, this.#io);
  }

  /** Puts a frame made here on an input; `fill` writes its content. */
  feed<View extends Frame, Shape>(
    input: string,
    type: FrameType<View, Shape>,
    shape: Shape,
    fill: (view: View) => void,
  ): void {
    const frame = this.pool.acquire(type, shape);
    fill(frame);
    this.input(input).frames.push(frame);
  }

  async process(): Promise<void> {
    await this.#processor.process(this.#io, this.context);
  }

  /** Calls `process` until every input is empty, as a lane does. */
  async processAll(): Promise<void> {
    while (Object.values(this.inputs).some((input) => input.queued > 0)) await this.process();
  }

  /** Calls `process` until the processor says that it has ended. */
  async processToEnd(): Promise<void> {
    while (!this.ended) await this.process();
  }

  /** Offers a new config and answers whether it was taken live. */
  configure(config: JsonObject, processorClass: ProcessorClass): boolean {
    const whole = withDefaults(processorClass.descriptor.configSchema, config);
    const taken = this.#processor.configure?.(whole, this.context) ?? false;
    if (taken) this.context.config = whole;
    return taken;
  }

  /** What the runtime would keep of it. */
  checkpoint(): JsonObject | undefined {
    return this.#processor.checkpoint?.(this.context);
  }

  /** Hands in a state as the runtime does, after `setup`: as JSON made of it what it could. */
  restore(state: JsonObject | undefined, origin: StateOrigin): void {
    assert.ok(state !== undefined, 'there is a state to restore');
    this.#processor.restore?.(JSON.parse(JSON.stringify(state)) as JsonObject, origin, this.context);
  }

  async teardown(): Promise<void> {
    this.#abort.abort();
    await this.#processor.teardown?.(this.context);
  }

  input(name: string): InputQueue {
    return member(this.inputs, name);
  }

  output(name: string): OutputCollector {
    return member(this.outputs, name);
  }

  /** Takes what an output has, as JSON, and releases the frames. */
  takeJson(name: string): JsonValue[] {
    return this.output(name)
      .frames.splice(0)
      .map((frame) => {
        const json = frameToJson(frame);
        frame.release();
        return json;
      });
  }

  #logger(): Logger {
    const at =
      (level: LogRecord['level']) =>
      (message: string, fields?: JsonObject): void => {
        this.logs.push({ level, message, fields });
      };
    return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }
}

function member<Value>(record: Record<string, Value>, name: string): Value {
  const value = record[name];
  if (value === undefined)
    throw new Error(`port must be one of ${Object.keys(record).join(', ')}, was ${name}`);
  return value;
}
