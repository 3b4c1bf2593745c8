import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  DataFrame,
  type DataFrameView,
  type Processor,
  type ProcessorDescriptor,
  type ProcessorIo,
  type ProcessorTypeEntry,
} from '../../server/processor.ts';
import { dataLayout } from '../../server/runtime/frame/data-frame.ts';

/* Processors of one lane that use frames of one shape in different ways. Their module's URL is a registry. */

const LAYOUT = dataLayout({ value: 2 });
const dataPort = { frame: DataFrame, description: 'two equal values' } as const;
const common = {
  version: 1,
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
} as const;

const lateUser = {
  ...common,
  name: 'LateUser',
  description: 'Lets go of each frame only after it was written.',
  outputs: { data: dataPort },
  scheduling: { kind: 'loop', intervalUs: 20 },
  async: true,
} as const satisfies ProcessorDescriptor;

class LateUser implements Processor<typeof lateUser> {
  static readonly descriptor = lateUser;

  async process({ outputs }: ProcessorIo<typeof lateUser>): Promise<void> {
    using frame = outputs.data.acquire(LAYOUT);
    frame.channelAt(0).fill(-1);
    outputs.data.write(frame);
    await nextTurn();
  }
}

const filler = {
  ...common,
  name: 'Filler',
  description: 'Fills one frame in three calls.',
  outputs: { data: dataPort },
  scheduling: { kind: 'loop', intervalUs: 20 },
} as const satisfies ProcessorDescriptor;

class Filler implements Processor<typeof filler> {
  static readonly descriptor = filler;
  #frame: DataFrameView | undefined;
  #number = 0;
  #filled = 0;

  process({ outputs }: ProcessorIo<typeof filler>): void {
    this.#frame ??= outputs.data.acquire(LAYOUT);
    if (this.#filled < 2) {
      this.#frame.channelAt(0)[this.#filled++] = this.#number;
      return;
    }
    this.#frame.sequenceId = this.#number++;
    outputs.data.write(this.#frame);
    this.#frame = undefined;
    this.#filled = 0;
  }
}

const wholeSink = {
  ...common,
  name: 'WholeSink',
  description: 'Throws when a frame is not as a Filler made it.',
  inputs: { data: { ...dataPort, delivery: 'lossless' } },
} as const satisfies ProcessorDescriptor;

class WholeSink implements Processor<typeof wholeSink> {
  static readonly descriptor = wholeSink;
  #next = 0;

  process({ inputs }: ProcessorIo<typeof wholeSink>): void {
    const frame = inputs.data.read();
    if (frame === undefined) return;
    const seen = [frame.sequenceId, ...frame.channelAt(0)];
    const number = this.#next++;
    frame.release();
    if (seen.some((value) => value !== number)) throw new Error(`frame ${number} was ${seen.join(', ')}`);
  }
}

/** The list of this registry. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  { type: 'LateUser', load: async () => ({ default: LateUser }) },
  { type: 'Filler', load: async () => ({ default: Filler }) },
  { type: 'WholeSink', load: async () => ({ default: WholeSink }) },
];
