import { StreamlibError } from '../runtime/errors.ts';
import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import type { TransformIo } from './data/block-transform.ts';
import { CHANNELS_OPTION, ChannelTransform, TRANSFORM_PORTS } from './data/channel-transform.ts';

const descriptor = {
  name: 'Clamp',
  version: 1,
  description:
    'Holds values within two limits: what is below the lower one becomes it, what is above the upper one becomes that. NaN stays NaN.',
  tags: ['data', 'transform'],
  ...TRANSFORM_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min: {
        type: 'number',
        description: 'The lower limit, in the unit of the channel. Changes take effect live.',
        default: -1,
      },
      max: {
        type: 'number',
        description: 'The upper limit; not below min. Changes take effect live.',
        default: 1,
      },
      channels: CHANNELS_OPTION,
    },
  },
  stateless: true,
} as const satisfies ProcessorDescriptor;

/** Values within limits. */
export default class Clamp implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #min = -1;
  #max = 1;
  readonly #transform = new ChannelTransform((values, results) => {
    const min = this.#min;
    const max = this.#max;
    for (let i = 0; i < values.length; i++) results[i] = Math.min(Math.max(values[i] as number, min), max);
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    const { min, max } = config;
    if (!this.configure(config)) {
      const text = `config.max must be at least config.min (${min}), was ${max}`;
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.max' });
    }
  }

  configure({ min, max, channels }: ConfigOf<typeof descriptor>): boolean {
    if (max < min) return false;
    this.#min = min;
    this.#max = max;
    this.#transform.channels = channels;
    return true;
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }
}
