import type { ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';
import { BENCH_TOPIC } from './ask-processor.ts';
import { REPORT } from './reports.ts';
import { percentile } from './statistics.ts';

/** The config of a processor that reports TakenTimes. */
export const TIMED_CONFIG = {
  type: 'object',
  properties: {
    skipped: { type: 'integer', minimum: 0, default: 0, description: 'First frames that do not count.' },
  },
  additionalProperties: false,
} as const satisfies ProcessorDescriptor['configSchema'];

/** How long each frame took to reach a processor, and how many were not as they should have been. */
export class TakenTimes {
  readonly #tookUs: number[] = [];
  #wrong = 0;

  /** How many frames came. */
  get count(): number {
    return this.#tookUs.length;
  }

  /** Counts a frame, which is wrong where one of the checks fails. */
  add(tookUs: number, isRight: boolean): void {
    this.#tookUs.push(tookUs);
    if (!isRight) this.#wrong++;
  }

  /** Reports {count, wrong, p50_us, p99_us}; the percentiles are those of the frames after the first `skipped`. */
  report({ events }: Pick<RuntimeContext, 'events'>, skipped = 0): void {
    const counted = this.#tookUs.slice(skipped);
    const data = {
      count: this.count,
      wrong: this.#wrong,
      p50_us: percentile(counted, 0.5),
      p99_us: percentile(counted, 0.99),
    };
    events.publish(BENCH_TOPIC, { name: REPORT, data });
  }
}
