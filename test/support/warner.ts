import type { Processor, ProcessorDescriptor, RuntimeContext } from '../../server/runtime/processor.ts';

const descriptor = {
  name: 'Warner',
  version: 1,
  description: 'Logs in setup.',
  tags: ['test'],
  inputs: {},
  outputs: {},
  configSchema: { type: 'object', properties: {}, additionalProperties: false },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

/** One line of each level that matters, and a flood of warnings. */
export default class Warner implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    ctx.log.info('not an event');
    ctx.log.error('first', { port: 3 });
    for (let i = 0; i < 1_000; i++) ctx.log.warn(`warning ${i}`);
  }

  process(): void {}
}
