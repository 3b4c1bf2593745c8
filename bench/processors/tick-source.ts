import { DataFrame, type DataLayout, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'bench.TickSource',
  version: 1,
  description: 'Writes a frame with the present time every millisecond, and ends.',
  tags: ['bench'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'The time in nanoseconds as each `value`.' } },
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, default: 1, description: 'How many frames.' },
      values: { type: 'integer', minimum: 1, default: 1, description: 'How many values each frame has.' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

/** Between two frames its lane sleeps, and so does the one that reads. */
export class TickSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #layout: DataLayout = dataLayout({ value: 1 });
  #next = 0;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#layout = dataLayout({ value: config.values ?? 1 });
  }

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const frame = outputs.data.acquire(this.#layout);
    frame.sequenceId = this.#next++;
    // NB: of the system's clock itself, which is exactly the same in all threads.
    frame.channelAt(0).fill(Number(ctx.clock.now()));
    outputs.data.write(frame);
    if (this.#next === ctx.config.count) ctx.end();
  }
}
