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
  name: 'bench.RateSink',
  version: 1,
  description: 'Counts the frames of a RateSource and reports what it saw and how long it took.',
  tags: ['bench'],
  inputs: {
    data: { frame: DataFrame, delivery: 'lossless', description: 'Frames with sequence ids from 0.' },
  },
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      count: {
        type: 'integer',
        minimum: 1,
        default: 1,
        description: 'The frame after which the time is taken.',
      },
      skipped: { type: 'integer', minimum: 0, default: 0, description: 'Frames before the time begins.' },
      whole: { type: 'boolean', default: false, description: 'Whether each value is read.' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Reports {count, wrong, took_us}: frames that were not as expected, and the time of the frames after the skipped. */
export class RateSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #count = 0;
  #wrong = 0;
  #first = 0;
  #last = 0;
  #whole = false;
  #startedUs = 0;
  #tookUs = 0;

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#first = config.skipped ?? 0;
    this.#last = (config.count ?? 1) - 1;
    this.#whole = config.whole ?? false;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const frame = inputs.data.read();
    if (frame === undefined) return;
    const number = this.#count++;
    if (frame.sequenceId !== number) this.#wrong++;
    if (this.#whole && !isFilled(frame.channelAt(0), number)) this.#wrong++;
    frame.release();
    if (number === this.#first) this.#startedUs = clock.nowUs();
    if (number === this.#last) this.#tookUs = clock.nowUs() - this.#startedUs;
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    const data = { count: this.#count, wrong: this.#wrong, took_us: this.#tookUs };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}

/** Whether value i is number + i, told by the sum, which a loop without exits gets fastest. */
function isFilled(values: Float64Array, number: number): boolean {
  const { length } = values;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += values[i] as number;
  return sum === length * number + (length * (length - 1)) / 2;
}
