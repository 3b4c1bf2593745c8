import type { Processor, ProcessorDescriptor, ProcessorIo, RuntimeContext } from '../runtime/processor.ts';

const descriptor = {
  name: 'NullSink',
  version: 1,
  description:
    'Takes frames of any type and drops them. Its metrics count them; the total is logged when it stops.',
  tags: ['sink', 'test'],
  inputs: { data: { frame: 'any', many: true, description: 'What to drop.' } },
  outputs: {},
  configSchema: { type: 'object', additionalProperties: false, properties: {} },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** The end of a line whose frames nobody needs. */
export default class NullSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #frames = 0;

  process({ inputs }: ProcessorIo<typeof descriptor>): void {
    const frame = inputs.data.read();
    if (frame === undefined) return;
    this.#frames++;
    frame.release();
  }

  teardown(ctx: RuntimeContext<typeof descriptor>): void {
    ctx.log.debug('frames dropped by a null sink', { frames: this.#frames });
  }
}
