import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import type { TransformIo } from './data/block-transform.ts';
import { ChannelNumbers } from './data/channel-numbers.ts';
import { CHANNELS_OPTION, ChannelTransform, TRANSFORM_PORTS } from './data/channel-transform.ts';

const descriptor = {
  name: 'Ema',
  version: 1,
  description:
    'Exponential moving average: each result is alpha times the value plus 1 - alpha times the result before. The first value of a channel is its first result. The values of successive frames follow one another; values that are not finite repeat the result before. A restart keeps the averages.',
  tags: ['data', 'transform', 'filter'],
  ...TRANSFORM_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      alpha: {
        type: 'number',
        description:
          'The weight of the newest value. For an average over about n values it is 2 / (n + 1). Changes take effect live.',
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.2,
      },
      channels: CHANNELS_OPTION,
    },
  },
} as const satisfies ProcessorDescriptor;

/** A smoother that remembers one number per channel. */
export default class Ema implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #alpha = 1;
  /** The last result and, as 1, that there was one. */
  readonly #last = new ChannelNumbers(2);
  readonly #transform = new ChannelTransform((values, results, channel) => {
    const last = this.#last.of(channel);
    const alpha = this.#alpha;
    let average = last[1] === 1 ? (last[0] as number) : NaN;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (Number.isFinite(value))
        average = Number.isNaN(average) ? value : average + alpha * (value - average);
      results[i] = average;
    }
    if (Number.isNaN(average)) return;
    last[0] = average;
    last[1] = 1;
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure({ alpha, channels }: ConfigOf<typeof descriptor>): boolean {
    this.#alpha = alpha;
    this.#transform.channels = channels;
    return true;
  }

  checkpoint(): JsonObject {
    return { averages: this.#last.toJson() };
  }

  restore({ averages }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name) this.#last.fromJson(averages, 'averages');
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }
}
