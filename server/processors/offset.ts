import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import type { TransformIo } from './data/block-transform.ts';
import { CHANNELS_OPTION, ChannelTransform, TRANSFORM_PORTS } from './data/channel-transform.ts';

const descriptor = {
  name: 'Offset',
  version: 1,
  description: 'Adds a number to values.',
  tags: ['data', 'transform'],
  ...TRANSFORM_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      offset: {
        type: 'number',
        description: 'What is added, in the unit of the channel. Changes take effect live.',
        default: 0,
      },
      channels: CHANNELS_OPTION,
    },
  },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** Values plus a number. */
export default class Offset implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #offset = 0;
  readonly #transform = new ChannelTransform((values, results) => {
    const offset = this.#offset;
    for (let i = 0; i < values.length; i++) results[i] = (values[i] as number) + offset;
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure({ offset, channels }: ConfigOf<typeof descriptor>): boolean {
    this.#offset = offset;
    this.#transform.channels = channels;
    return true;
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }
}
