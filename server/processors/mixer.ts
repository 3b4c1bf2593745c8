import { DataFrame, type DataFrameView, DataLayout } from '../runtime/frame/data-frame.ts';
import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import { BlockTransform, type TransformIo } from './data/block-transform.ts';
import { commonLength } from './data/common-length.ts';

const descriptor = {
  name: 'Mixer',
  version: 1,
  description:
    'Makes new channels, each a weighted sum of those of the frame: a matrix. Frames of several links are joined by Align first.',
  tags: ['data', 'transform'],
  inputs: { data_in: { frame: DataFrame, description: 'Channels of one length.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The channels that the matrix names.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['matrix'],
    properties: {
      matrix: {
        type: 'object',
        description:
          'For each new channel the factor of each channel that goes into it: {"mid": {"left": 0.5, "right": 0.5}}. A frame without one of them is an error that names those it has. Changes take effect live.',
        additionalProperties: { type: 'object', additionalProperties: { type: 'number' }, minProperties: 1 },
        minProperties: 1,
      },
    },
  },
  stateless: true,
} as const satisfies ProcessorDescriptor;

type Weights = readonly (readonly [output: string, inputs: readonly (readonly [string, number])[]])[];

/** New channels of old ones. */
export default class Mixer implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #weights: Weights = [];
  readonly #transform = new BlockTransform(
    (source) => this.#layoutOf(source),
    (source, target) => this.#fill(source, target),
  );

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure({ matrix }: ConfigOf<typeof descriptor>): boolean {
    const rows = matrix as Record<string, Record<string, number>>;
    this.#weights = Object.entries(rows).map(([output, inputs]) => [output, Object.entries(inputs)]);
    this.#transform.reshape();
    return true;
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }

  #layoutOf({ lengths, metadataBytes }: DataLayout): DataLayout {
    const length = lengths[0] ?? 0;
    return new DataLayout({
      channels: Object.fromEntries(this.#weights.map(([name]) => [name, length])),
      metadataBytes,
    });
  }

  #fill(source: DataFrameView, target: DataFrameView): void {
    commonLength(source);
    this.#weights.forEach(([, inputs], row) => {
      const results = target.channelAt(row);
      results.fill(0);
      for (const [name, weight] of inputs) {
        const values = source.channel(name);
        for (let i = 0; i < values.length; i++)
          results[i] = (results[i] as number) + weight * (values[i] as number);
      }
    });
  }
}
