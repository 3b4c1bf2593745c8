import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { StreamRuntimeOptions } from '../../server/runtime/stream-runtime-options.ts';
import type { ProcessorState } from '../../server/runtime/vocabulary.ts';
import { PROCESSOR_STATES, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from './eventually.ts';

const at = (path: string): string => new URL(path, import.meta.url).href;

/** The built-in types (without the API), those of the tests and those of the examples. */
export const TEST_REGISTRIES: readonly string[] = [
  at('../../server/processors/index.ts'),
  at('../../server/trading/index.ts'),
  at('./runtime-processors.ts'),
  at('../../examples/processors/index.ts'),
];

/** Whether runtimes write what they accept to a disk where a test does not say: what is accepted is then durable later. */
const KEEPS_STATE = process.env.STREAMLIB_TEST_KEEP === '1';

/** A runtime for one test, with everything that it published. Disposing it closes it. */
export class TestRuntime implements AsyncDisposable {
  readonly runtime: StreamRuntime;
  readonly events: Event[] = [];
  readonly #state: string | undefined;

  private constructor(runtime: StreamRuntime, state: string | undefined) {
    this.runtime = runtime;
    this.#state = state;
    const { events } = this;
    // The listener lives as long as this object.
    this.#listener = runtime.events.subscribe('*', (event) => events.push(event));
  }

  readonly #listener: Disposable;

  static async create(options: StreamRuntimeOptions = {}): Promise<TestRuntime> {
    const log = createLog({ '': 'silent' });
    const state = KEEPS_STATE ? mkdtempSync(join(tmpdir(), 'streamlib-state-')) : undefined;
    const defaults = { registries: TEST_REGISTRIES, log, unresponsiveMs: 500, stateDirectory: state };
    return new TestRuntime(await StreamRuntime.create({ ...defaults, ...options }), state);
  }

  /** The payloads of one type, in order. */
  payloads<Name extends NonNullable<Event['payload']['case']>>(name: Name) {
    type Payload = Extract<Event['payload'], { case: Name }>['value'];
    return this.events.flatMap(({ payload }) => (payload.case === name ? [payload.value as Payload] : []));
  }

  /** Waits until a processor is in a state. */
  async until(id: string, state: ProcessorState): Promise<void> {
    const isThere = async () =>
      wordOf(PROCESSOR_STATES, (await this.runtime.getProcessor(id)).state) === state;
    await eventually(isThere, `${id} is ${state}`);
  }

  /** The state of a processor as a word. */
  async stateOf(id: string): Promise<ProcessorState | undefined> {
    return wordOf(PROCESSOR_STATES, (await this.runtime.getProcessor(id)).state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close(1_000);
    this.#listener[Symbol.dispose]();
    if (this.#state !== undefined) rmSync(this.#state, { recursive: true, force: true });
  }
}
