import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

const LAYOUT = dataLayout({ value: 1 });

const descriptor = {
  name: 'bench.TickSource',
  version: 1,
  description: 'Writes a frame with the present time every millisecond, and ends.',
  tags: ['bench'],
  inputs: {},
  outputs: { data: { frame: DataFrame, description: 'The time in nanoseconds as `value`.' } },
  configSchema: {
    type: 'object',
    properties: { count: { type: 'integer', minimum: 1, default: 1, description: 'How many frames.' } },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1000 },
} as const satisfies ProcessorDescriptor;

/** Between two frames its lane sleeps, and so does the one that reads. */
export class TickSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #next = 0;

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const frame = outputs.data.acquire(LAYOUT);
    frame.sequenceId = this.#next++;
    // NB: of the system's clock itself, which is exactly the same in all threads.
    frame.channelAt(0)[0] = Number(ctx.clock.now());
    outputs.data.write(frame);
    if (this.#next === ctx.config.count) ctx.end();
  }
}
