import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { hasEnds } from '../support/picture.ts';
import { REPORT } from '../support/reports.ts';

const descriptor = {
  name: 'bench.VideoTaker',
  version: 1,
  description: 'Takes the pictures of a VideoBurst and reports when the last one came.',
  tags: ['bench'],
  inputs: { video: { frame: VideoFrame, delivery: 'lossless', description: 'ptsUs is the number.' } },
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
} as const satisfies ProcessorDescriptor;

/** Reports {count, wrong, ended_us}. */
export class VideoTaker implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #count = 0;
  #wrong = 0;
  #endedUs = 0;

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const frame = inputs.video.read();
    if (frame === undefined) return;
    const number = this.#count++;
    if (frame.ptsUs !== number || !hasEnds(frame, number)) this.#wrong++;
    frame.release();
    this.#endedUs = Number(clock.now()) / 1000;
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    const data = { count: this.#count, wrong: this.#wrong, ended_us: this.#endedUs };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}
