import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

const FRAMES_PER_CALL = 64;
const LAYOUT = dataLayout({ value: 1 });

const descriptor = {
  name: 'bench.FrameSource',
  version: 1,
  description: 'Writes numbered frames as fast as its link takes them, and ends.',
  tags: ['bench'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'Frames with sequence ids from 0.' } },
  configSchema: {
    type: 'object',
    properties: { count: { type: 'integer', minimum: 1, default: 1, description: 'How many frames.' } },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1 },
} as const satisfies ProcessorDescriptor;

/** Keeps to the credit of its output, so that a lossless link loses nothing. */
export class FrameSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #next = 0;

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const { count = 1 } = ctx.config;
    const { data } = outputs;
    const end = Math.min(count, this.#next + Math.min(FRAMES_PER_CALL, data.credit));
    while (this.#next < end) {
      const frame = data.acquire(LAYOUT);
      frame.sequenceId = this.#next++;
      data.write(frame);
    }
    if (this.#next >= count) ctx.end();
  }
}
