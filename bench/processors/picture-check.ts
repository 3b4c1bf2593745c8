import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { hasRows } from '../support/picture.ts';
import { REPORT } from '../support/reports.ts';
import { percentile } from '../support/statistics.ts';

const descriptor = {
  name: 'bench.PictureCheck',
  version: 1,
  description: 'Looks at every row of filled pictures of a Camera and writes them on.',
  tags: ['bench'],
  inputs: { video_in: { frame: VideoFrame, delivery: 'every', description: 'ptsUs is the number.' } },
  outputs: { video_out: { frame: VideoFrame, description: 'The same frames.' } },
  configSchema: {
    type: 'object',
    properties: {
      skipped: { type: 'integer', minimum: 0, default: 0, description: 'First frames that do not count.' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/**
 * Reports {count, wrong, p50_us, p99_us}: pictures that came out of order or not as they were made, and the age of
 * pictures when its process began.
 */
export class PictureCheck implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #ageUs: number[] = [];
  #wrong = 0;
  #last = -1;

  process(
    { inputs, outputs }: ProcessorIo<typeof descriptor>,
    { clock }: RuntimeContext<typeof descriptor>,
  ): void {
    const nowNs = clock.now();
    const frame = inputs.video_in.read();
    if (frame === undefined) return;
    const number = frame.ptsUs;
    this.#ageUs.push(Number(nowNs - frame.monotonicNs) / 1000);
    if (number <= this.#last || !hasRows(frame, number)) this.#wrong++;
    this.#last = number;
    outputs.video_out.write(frame);
  }

  teardown({ events, config }: RuntimeContext<typeof descriptor>): void {
    const ageUs = this.#ageUs.slice(config.skipped);
    const data = {
      count: this.#ageUs.length,
      wrong: this.#wrong,
      p50_us: percentile(ageUs, 0.5),
      p99_us: percentile(ageUs, 0.99),
    };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}
