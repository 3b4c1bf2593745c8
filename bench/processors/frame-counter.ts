import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'bench.FrameCounter',
  version: 1,
  description: 'Counts numbered frames and publishes what it saw at the end.',
  tags: ['bench'],
  inputs: {
    data: { frame: DataFrame, delivery: 'lossless', description: 'Frames with sequence ids from 0.' },
  },
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
} as const satisfies ProcessorDescriptor;

/** Publishes `counted` with {count, in_order, took_us}: the time from the first frame to the last. */
export class FrameCounter implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #count = 0;
  #inOrder = true;
  #firstUs = 0;

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const frame = inputs.data.read();
    if (frame === undefined) return;
    this.#inOrder &&= frame.sequenceId === this.#count;
    frame.release();
    if (this.#count++ === 0) this.#firstUs = clock.nowUs();
  }

  teardown({ events, clock }: RuntimeContext<typeof descriptor>): void {
    const tookUs = clock.nowUs() - this.#firstUs;
    const data = { count: this.#count, in_order: this.#inOrder, took_us: tookUs };
    events.publish('bench', { name: 'counted', data });
  }
}
