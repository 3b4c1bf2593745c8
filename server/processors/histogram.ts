import { isDeepStrictEqual } from 'node:util';
import { StreamlibError } from '../runtime/errors.ts';
import { DataFrame, type DataFrameView, DataLayout } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { BlockTransform, type TransformIo } from './data/block-transform.ts';

const descriptor = {
  name: 'Histogram',
  version: 1,
  description:
    'Counts how often the values of a channel fall into bins of one width between min and max; the last bin includes max. Values outside are counted in the channels below and above, values that are not finite in missing. A restart keeps what is counted over all frames.',
  tags: ['data', 'analysis'],
  inputs: { data_in: { frame: DataFrame, description: 'The values to count.' } },
  outputs: {
    data_out: {
      frame: DataFrame,
      description: 'Channels counts, edges (one more than counts), below, above and missing.',
    },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['channel'],
    properties: {
      channel: {
        type: 'string',
        description: 'Whose values are counted. A frame without it is an error that names those it has.',
        minLength: 1,
        maxLength: 255,
      },
      min: {
        type: 'number',
        description: 'Where the first bin begins, in the unit of the channel.',
        default: 0,
      },
      max: { type: 'number', description: 'Where the last bin ends; above min.', default: 1 },
      bins: { type: 'integer', description: 'How many bins.', minimum: 1, maximum: 4096, default: 10 },
      over: {
        type: 'string',
        description: 'What is counted together. frame: each frame by itself. all: everything so far.',
        enum: ['frame', 'all'],
        default: 'frame',
      },
    },
  },
} as const satisfies ProcessorDescriptor;

type Config = ConfigOf<typeof descriptor>;

/** How the values of a channel are spread. */
export default class Histogram implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: Config;
  #counts = new Float64Array(0);
  /** Below, above and missing. */
  readonly #others = new Float64Array(3);
  readonly #transform = new BlockTransform(
    ({ metadataBytes }) => this.#layout(metadataBytes),
    (source, target) => this.#fill(source, target),
  );

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    const { min, max, bins } = config;
    if (!(max > min)) {
      const text = `config.max must be above config.min (${min}), was ${max}`;
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.max' });
    }
    this.#config = config;
    this.#counts = new Float64Array(bins);
  }

  checkpoint(): JsonObject | undefined {
    if (this.#config.over === 'frame') return undefined;
    return { config: this.#config, counts: [...this.#counts], others: [...this.#others] };
  }

  restore({ config, counts, others }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name || !isDeepStrictEqual(config, this.#config)) return;
    this.#counts.set(counts as number[]);
    this.#others.set(others as number[]);
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }

  #layout(metadataBytes: number): DataLayout {
    const { bins } = this.#config;
    const channels = { counts: bins, edges: bins + 1, below: 1, above: 1, missing: 1 };
    return new DataLayout({ channels, metadataBytes });
  }

  #fill(source: DataFrameView, target: DataFrameView): void {
    const { channel, min, max, bins, over } = this.#config;
    const values = source.channel(channel);
    if (over === 'frame') {
      this.#counts.fill(0);
      this.#others.fill(0);
    }
    for (let i = 0; i < values.length; i++) this.#count(values[i] as number);
    target.channelAt(0).set(this.#counts);
    const edges = target.channelAt(1);
    for (let i = 0; i <= bins; i++) edges[i] = min + ((max - min) * i) / bins;
    for (let i = 0; i < 3; i++) target.channelAt(2 + i)[0] = this.#others[i] as number;
  }

  #count(value: number): void {
    const { min, max, bins } = this.#config;
    if (!Number.isFinite(value)) this.#add(this.#others, 2);
    else if (value < min) this.#add(this.#others, 0);
    else if (value > max) this.#add(this.#others, 1);
    else this.#add(this.#counts, Math.min(bins - 1, Math.floor(((value - min) / (max - min)) * bins)));
  }

  #add(counts: Float64Array, index: number): void {
    counts[index] = (counts[index] as number) + 1;
  }
}
