import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import type { TransformIo } from './data/block-transform.ts';
import { CHANNELS_OPTION, ChannelTransform, TRANSFORM_PORTS } from './data/channel-transform.ts';

const descriptor = {
  name: 'DataGain',
  version: 1,
  description: 'Multiplies values by a factor. Gain is the one for sound.',
  tags: ['data', 'transform'],
  ...TRANSFORM_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      gain: { type: 'number', description: 'The factor. Changes take effect live.', default: 1 },
      channels: CHANNELS_OPTION,
    },
  },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** Values times a number. */
export default class DataGain implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #gain = 1;
  readonly #transform = new ChannelTransform((values, results) => {
    const gain = this.#gain;
    for (let i = 0; i < values.length; i++) results[i] = (values[i] as number) * gain;
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure({ gain, channels }: ConfigOf<typeof descriptor>): boolean {
    this.#gain = gain;
    this.#transform.channels = channels;
    return true;
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }
}
