import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  ProcessorTypeEntry,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { processorEntry } from './processor-entry.ts';

/* Processors that fail in every way there is. Their module's URL is a registry. */

const failing = {
  version: 1,
  tags: ['test'],
  name: 'Failing',
  description: 'Passes every frame on, and fails as its config says.',
  inputs: { data_in: { frame: DataFrame, description: 'numbered from 0', delivery: 'lossless' } },
  outputs: { data_out: { frame: DataFrame, description: 'those it did not fail with' } },
  configSchema: {
    type: 'object',
    properties: {
      how: {
        enum: ['never', 'setup', 'once', 'always', 'nth', 'unread', 'rest', 'exits', 'stalls'],
        default: 'never',
        description: 'where it fails: in setup, or with which frames',
      },
      n: { type: 'integer', default: 3, description: 'which frame, or each of so many' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

type Failures = RuntimeContext<typeof failing>['config'];

/** Whether a frame is one that it fails with. The number is the frame's own, so that it is the same for every instance. */
function failsWith({ how, n = 0 }: Failures, number: number): boolean {
  if (how === 'always') return true;
  if (how === 'nth') return number % n === n - 1;
  if (how === 'rest') return number >= n;
  return (how === 'once' || how === 'exits' || how === 'stalls') && number === n;
}

/** Fails with a frame only after it has read and released it. */
class Failing implements Processor<typeof failing> {
  static readonly descriptor = failing;

  setup({ config }: RuntimeContext<typeof failing>): void {
    if (config.how === 'setup') throw new Error('no such device');
  }

  process(io: ProcessorIo<typeof failing>, { config }: RuntimeContext<typeof failing>): void | Promise<void> {
    if (config.how === 'unread') throw new Error('not even read');
    using frame = io.inputs.data_in.read();
    if (frame === undefined) return;
    if (!failsWith(config, frame.sequenceId)) io.outputs.data_out.write(frame);
    else if (config.how === 'exits') process.exit(3);
    else if (config.how === 'stalls') while (config.how === 'stalls');
    else throw new Error(`cannot process ${frame.sequenceId}`);
  }
}

const rejecting = { ...failing, name: 'Rejecting', async: true } as const satisfies ProcessorDescriptor;

/** The same with promises. */
class Rejecting extends Failing {
  static override readonly descriptor = rejecting as never;

  override async process(
    io: ProcessorIo<typeof failing>,
    ctx: RuntimeContext<typeof failing>,
  ): Promise<void> {
    await Promise.resolve();
    await super.process(io, ctx);
  }
}

const pair = {
  ...failing,
  name: 'FailingPair',
  description: 'Reads a frame of each input, and fails with the pair that has frame n.',
  inputs: { left: failing.inputs.data_in, right: failing.inputs.data_in },
  outputs: {},
} as const satisfies ProcessorDescriptor;

/** Waits for a frame of both. */
class FailingPair implements Processor<typeof pair> {
  static readonly descriptor = pair;
  #lefts: number[] = [];
  #rights: number[] = [];

  process({ inputs }: ProcessorIo<typeof pair>, { config }: RuntimeContext<typeof pair>): void {
    using left = inputs.left.read();
    using right = inputs.right.read();
    if (left !== undefined) this.#lefts.push(left.sequenceId);
    if (right !== undefined) this.#rights.push(right.sequenceId);
    if (left?.sequenceId === config.n || right?.sequenceId === config.n) throw new Error('a bad pair');
  }
}

const source = {
  ...failing,
  name: 'FailingSource',
  description: 'Fails with every call but each third, which makes a frame.',
  inputs: {},
  scheduling: { kind: 'loop', intervalUs: 500 },
} as const satisfies ProcessorDescriptor;

/** Ends after `n` frames. */
class FailingSource implements Processor<typeof source> {
  static readonly descriptor = source;
  #calls = 0;

  process({ outputs }: ProcessorIo<typeof source>, ctx: RuntimeContext<typeof source>): void {
    if (++this.#calls % 3 !== 0) throw new Error('nothing to be had');
    const frame = outputs.data_out.acquire({ channels: { value: 1 } });
    frame.sequenceId = this.#calls / 3;
    outputs.data_out.write(frame);
    if (this.#calls / 3 >= (ctx.config.n ?? 1)) ctx.end();
  }
}

/** The address of this module. */
export const FAILING_REGISTRY = import.meta.url;

/** The list that makes this module a registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  processorEntry(Failing),
  processorEntry(Rejecting),
  processorEntry(FailingPair),
  processorEntry(FailingSource),
];
