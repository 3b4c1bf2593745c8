import type { Event } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { StreamRuntime, type StreamRuntimeOptions } from '../../server/runtime/stream-runtime.ts';
import type { ProcessorState } from '../../server/runtime/vocabulary.ts';
import { PROCESSOR_STATES, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from './eventually.ts';

const at = (path: string): string => new URL(path, import.meta.url).href;

/** The built-in types (without the API), those of the tests and those of the examples. */
export const TEST_REGISTRIES: readonly string[] = [
  at('../../server/processors/index.ts'),
  at('./runtime-processors.ts'),
  at('../../examples/processors/index.ts'),
];

/** A runtime for one test, with everything that it published. Disposing it closes it. */
export class TestRuntime implements AsyncDisposable {
  readonly runtime: StreamRuntime;
  readonly events: Event[] = [];

  private constructor(runtime: StreamRuntime) {
    this.runtime = runtime;
    const { events } = this;
    // The listener lives as long as this object.
    this.#listener = runtime.events.subscribe('*', (event) => events.push(event));
  }

  readonly #listener: Disposable;

  static async create(options: StreamRuntimeOptions = {}): Promise<TestRuntime> {
    const log = createLog({ '': 'silent' });
    return new TestRuntime(
      await StreamRuntime.create({ registries: TEST_REGISTRIES, log, unresponsiveMs: 500, ...options }),
    );
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
  }
}
