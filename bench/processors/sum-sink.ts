import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { REPORT } from '../support/reports.ts';

const descriptor = {
  name: 'bench.SumSink',
  version: 1,
  description: 'Adds up the first value of each frame and reports the sum and how long the frames took.',
  tags: ['bench'],
  inputs: { data: { frame: DataFrame, delivery: 'lossless', description: 'Frames of one channel.' } },
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, default: 1, description: 'After which frame the time is taken.' },
      skipped: { type: 'integer', minimum: 0, default: 0, description: 'Frames before the time begins.' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Reports {count, sum, took_us}: the time is that of the frames after the skipped ones. */
export class SumSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #count = 0;
  #sum = 0;
  #first = 0;
  #last = 0;
  #startedUs = 0;
  #tookUs = 0;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#first = config.skipped ?? 0;
    this.#last = (config.count ?? 1) - 1;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const frame = inputs.data.read();
    if (frame === undefined) return;
    const number = this.#count++;
    this.#sum += frame.channelAt(0)[0] as number;
    frame.release();
    if (number === this.#first) this.#startedUs = clock.nowUs();
    if (number === this.#last) this.#tookUs = clock.nowUs() - this.#startedUs;
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    const data = { count: this.#count, sum: this.#sum, took_us: this.#tookUs };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}
