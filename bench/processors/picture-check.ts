import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { hasRows } from '../support/picture.ts';
import { TakenTimes, TIMED_CONFIG } from '../support/taken-times.ts';

const descriptor = {
  name: 'bench.PictureCheck',
  version: 1,
  description: 'Looks at every row of filled pictures of a Camera and writes them on.',
  tags: ['bench'],
  inputs: { video_in: { frame: VideoFrame, delivery: 'every', description: 'ptsUs is the number.' } },
  outputs: { video_out: { frame: VideoFrame, description: 'The same frames.' } },
  configSchema: TIMED_CONFIG,
} as const satisfies ProcessorDescriptor;

/**
 * Reports {count, wrong, p50_us, p99_us}: pictures that came out of order or not as they were made, and the age of
 * pictures when its process began.
 */
export class PictureCheck implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #ages = new TakenTimes();
  #last = -1;

  process(
    { inputs, outputs }: ProcessorIo<typeof descriptor>,
    { clock }: RuntimeContext<typeof descriptor>,
  ): void {
    const nowNs = clock.now();
    const frame = inputs.video_in.read();
    if (frame === undefined) return;
    const number = frame.ptsUs;
    const ageUs = Number(nowNs - frame.monotonicNs) / 1000;
    this.#ages.add(ageUs, number > this.#last && hasRows(frame, number));
    this.#last = number;
    outputs.video_out.write(frame);
  }

  teardown(ctx: RuntimeContext<typeof descriptor>): void {
    this.#ages.report(ctx, ctx.config.skipped);
  }
}
