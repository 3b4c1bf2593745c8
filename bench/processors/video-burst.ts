import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { cpuUsedUs } from '../support/cpu-used.ts';
import { FULL_HD, markEnds } from '../support/picture.ts';
import { REPORT } from '../support/reports.ts';

const descriptor = {
  name: 'bench.VideoBurst',
  version: 1,
  description:
    'Writes numbered 1080p pictures without filling them, as fast as its links take them, and ends.',
  tags: ['bench'],
  inputs: {},
  outputs: { video: { frame: VideoFrame, description: 'ptsUs is the number, from 0.' } },
  configSchema: {
    type: 'object',
    properties: {
      count: { type: 'integer', minimum: 1, default: 1, description: 'How many frames.' },
      skipped: { type: 'integer', minimum: 0, default: 0, description: 'Frames before the time begins.' },
    },
    additionalProperties: false,
  },
  scheduling: { kind: 'loop', intervalUs: 1 },
} as const satisfies ProcessorDescriptor;

/** Reports {started_us, cpu_us}: when it wrote the first frame that counts, and what the process had used until then. */
export class VideoBurst implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #next = 0;
  #startedUs = 0;
  #cpuUs = 0;

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const { count = 1, skipped = 0 } = ctx.config;
    const end = Math.min(count, this.#next + outputs.video.credit);
    while (this.#next < end) {
      if (this.#next === skipped) this.#begin(ctx);
      const frame = outputs.video.acquire(FULL_HD);
      frame.ptsUs = this.#next;
      markEnds(frame, this.#next++);
      outputs.video.write(frame);
    }
    if (this.#next === count) ctx.end();
  }

  teardown({ events }: RuntimeContext<typeof descriptor>): void {
    events.publish(BENCH_TOPIC, { name: REPORT, data: { started_us: this.#startedUs, cpu_us: this.#cpuUs } });
  }

  #begin({ clock }: RuntimeContext<typeof descriptor>): void {
    this.#cpuUs = cpuUsedUs();
    this.#startedUs = Number(clock.now()) / 1000;
  }
}
