import { DataFrame } from '../../server/runtime/frame/data-frame.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from '../support/ask-processor.ts';
import { REPORT } from '../support/reports.ts';
import { percentile } from '../support/statistics.ts';

const descriptor = {
  name: 'bench.TickSink',
  version: 1,
  description: 'Reports how long frames of a TickSource took to reach its process.',
  tags: ['bench'],
  inputs: {
    data: { frame: DataFrame, delivery: 'every', description: 'The time in nanoseconds as `value`.' },
  },
  outputs: {},
  configSchema: {
    type: 'object',
    properties: {
      skipped: { type: 'integer', minimum: 0, default: 0, description: 'First frames that do not count.' },
    },
    additionalProperties: false,
  },
} as const satisfies ProcessorDescriptor;

/** Reports {count, wrong, p50_us, p99_us}. */
export class TickSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #tookUs: number[] = [];
  #wrong = 0;

  process({ inputs }: ProcessorIo<typeof descriptor>, { clock }: RuntimeContext<typeof descriptor>): void {
    const nowNs = Number(clock.now());
    const frame = inputs.data.read();
    if (frame === undefined) return;
    if (frame.sequenceId !== this.#tookUs.length) this.#wrong++;
    const tookUs = (nowNs - (frame.channelAt(0)[0] as number)) / 1000;
    if (tookUs <= 0) this.#wrong++;
    this.#tookUs.push(tookUs);
    frame.release();
  }

  teardown({ events, config }: RuntimeContext<typeof descriptor>): void {
    const tookUs = this.#tookUs.slice(config.skipped);
    const data = {
      count: this.#tookUs.length,
      wrong: this.#wrong,
      p50_us: percentile(tookUs, 0.5),
      p99_us: percentile(tookUs, 0.99),
    };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}
