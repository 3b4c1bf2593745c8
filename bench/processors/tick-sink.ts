import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { TakenTimes, TIMED_CONFIG } from '../support/taken-times.ts';

const descriptor = {
  name: 'bench.TickSink',
  version: 1,
  description: 'Reports how long frames of a TickSource took to reach its process.',
  tags: ['bench'],
  inputs: {
    data: { frame: DataFrame, delivery: 'every', description: 'The time in nanoseconds as `value`.' },
  },
  outputs: {},
  configSchema: TIMED_CONFIG,
} as const satisfies ProcessorDescriptor;

/** Reports {count, wrong, p50_us, p99_us}. */
export class TickSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #times = new TakenTimes();

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const nowNs = Number(clock.now());
    const frame = inputs.data.read();
    if (frame === undefined) return;
    const tookUs = (nowNs - (frame.channelAt(0)[0] as number)) / 1000;
    this.#times.add(tookUs, frame.sequenceId === this.#times.count && tookUs > 0);
    frame.release();
  }

  teardown(ctx: RuntimeContext<typeof descriptor>): void {
    this.#times.report(ctx, ctx.config.skipped);
  }
}
