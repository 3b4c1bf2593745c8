import { DataFrame, type DataLayout, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

const FRAMES_PER_CALL = 64;

const descriptor = {
  name: 'bench.RateSource',
  version: 1,
  description: 'Writes numbered frames as fast as its link takes them, and ends.',
  tags: ['bench'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'Frames with sequence ids from 0.' } },
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, default: 1, description: 'How many frames.' },
      values: { type: 'integer', minimum: 1, default: 1, description: 'How many values each frame has.' },
      whole: { type: 'boolean', default: false, description: 'Whether each value is written.' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1 },
} as const satisfies ProcessorDescriptor;

/** Value i of frame n is n + i. Keeps to the credit of its output, so that a lossless link loses nothing. */
export class RateSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #layout: DataLayout = dataLayout({ value: 1 });
  #count = 0;
  #whole = false;
  #next = 0;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#layout = dataLayout({ value: config.values ?? 1 });
    this.#count = config.count ?? 1;
    this.#whole = config.whole ?? false;
  }

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const { data } = outputs;
    const end = Math.min(this.#count, this.#next + Math.min(FRAMES_PER_CALL, data.credit));
    while (this.#next < end) {
      const number = this.#next++;
      const frame = data.acquire(this.#layout);
      frame.sequenceId = number;
      if (this.#whole) fill(frame.channelAt(0), number);
      data.write(frame);
    }
    if (this.#next >= this.#count) ctx.end();
  }
}

function fill(values: Float64Array, number: number): void {
  for (let i = 0; i < values.length; i++) values[i] = number + i;
}

const stepDescriptor = {
  ...descriptor,
  name: 'bench.StepSource',
  description: 'Writes one numbered frame per call, and ends.',
  scheduling: { kind: 'loop', intervalUs: 0 },
} as const satisfies ProcessorDescriptor;

/** As trivial as a stage can be. */
export class StepSource implements Processor<typeof stepDescriptor> {
  static readonly descriptor = stepDescriptor;
  readonly #layout = dataLayout({ value: 1 });
  #next = 0;

  process({ outputs }: ProcessorIo<typeof stepDescriptor>, ctx: RuntimeContext<typeof stepDescriptor>): void {
    const frame = outputs.data.acquire(this.#layout);
    frame.sequenceId = this.#next++;
    outputs.data.write(frame);
    if (this.#next === ctx.config.count) ctx.end();
  }
}
