import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import type { TransformIo } from './data/block-transform.ts';
import { ChannelCombination, COMBINATION_OPTIONS, COMBINATION_PORTS } from './data/channel-combination.ts';

const descriptor = {
  name: 'Sum',
  version: 1,
  description:
    'Adds channels of a frame, value by value, into one. Frames of several links are joined by Align first.',
  tags: ['data', 'transform'],
  ...COMBINATION_PORTS,
  configSchema: { type: 'object', additionalProperties: false, properties: COMBINATION_OPTIONS },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** One channel of several, value by value. */
export default class Sum implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  readonly #combination = new ChannelCombination(0, (values, results) => {
    for (let i = 0; i < values.length; i++) results[i] = (results[i] as number) + (values[i] as number);
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#combination.config = config;
    return true;
  }

  process(io: TransformIo): void {
    this.#combination.run(io);
  }
}
