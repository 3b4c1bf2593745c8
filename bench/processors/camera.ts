import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { FULL_HD, markEnds } from '../support/picture.ts';
import { REPORT } from '../support/reports.ts';
import { percentile } from '../support/statistics.ts';

const descriptor = {
  name: 'bench.Camera',
  version: 1,
  description: 'Makes numbered 1080p pictures, 60 a second.',
  tags: ['bench'],
  inputs: {},
  outputs: { video: { frame: VideoFrame, description: 'ptsUs is the number, from 0.' } },
  configSchema: {
    type: 'object',
    properties: {
      count: {
        type: 'integer',
        minimum: 0,
        default: 0,
        description: 'How many frames; 0: until it is ended.',
      },
      filled: {
        type: 'boolean',
        default: false,
        description: 'Whether each byte is written, or the two ends only.',
      },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 16_667 },
} as const satisfies ProcessorDescriptor;

/** `monotonicNs` is when it began to make the picture. Reports {count, filling_p50_us, took_us}. */
export class Camera implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #fillingUs: number[] = [];
  #count = 0;
  #firstUs = 0;
  #lastUs = 0;

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const { clock, config } = ctx;
    const frame = outputs.video.acquire(FULL_HD);
    // NB: of the system's clock itself, which is exactly the same in all threads.
    frame.monotonicNs = clock.now();
    const startedUs = clock.nowUs();
    const number = this.#count++;
    frame.ptsUs = number;
    if (config.filled) frame.plane(0).data.fill(number);
    else markEnds(frame, number);
    this.#lastUs = clock.nowUs();
    this.#firstUs ||= startedUs;
    this.#fillingUs.push(this.#lastUs - startedUs);
    outputs.video.write(frame);
    if (this.#count === config.count) ctx.end();
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    const data = {
      count: this.#count,
      filling_p50_us: percentile(this.#fillingUs, 0.5),
      took_us: this.#lastUs - this.#firstUs,
    };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}
