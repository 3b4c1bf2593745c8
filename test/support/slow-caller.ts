import { mediaClock } from '../../server/runtime/clock.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'SlowCaller',
  version: 1,
  description: 'Keeps the main thread busy once.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

/** Runs on the main thread, for so long. */
export function holdMainThread(milliseconds: number): void {
  const untilUs = mediaClock.nowUs() + milliseconds * 1000;
  while (mediaClock.nowUs() < untilUs);
}

/** Calls the function above in setup. */
export default class SlowCaller implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  async setup(ctx: RuntimeContext<typeof descriptor>): Promise<void> {
    await ctx.runOnMainAsync('holdMainThread', 20);
  }

  process(): void {}
}
