import { StreamlibError } from '../../runtime/errors.ts';
import { DataFrame, type DataFrameView, DataLayout } from '../../runtime/frame/data-frame.ts';
import { BlockTransform, type TransformIo } from './block-transform.ts';

/** The ports of a type that makes one channel of several. */
export const COMBINATION_PORTS = {
  inputs: { data_in: { frame: DataFrame, description: 'Channels of one length.' } },
  outputs: {
    data_out: { frame: DataFrame, description: 'The channel that was made, and the others if kept.' },
  },
} as const;

/** The options of such a type. */
export const COMBINATION_OPTIONS = {
  channels: {
    type: 'array',
    description:
      'What is combined; empty stands for all channels. A frame without one of them is an error that names those it has. Changes take effect live.',
    items: { type: 'string', minLength: 1, maxLength: 255 },
    uniqueItems: true,
    maxItems: 1024,
    default: [],
  },
  output: {
    type: 'string',
    description: 'What the result is called. Changes take effect live.',
    minLength: 1,
    maxLength: 255,
    default: 'value',
  },
  keep: {
    type: 'boolean',
    description: 'Whether the channels of the frame stay beside the result. Changes take effect live.',
    default: false,
  },
} as const;

/** As `COMBINATION_OPTIONS` has them. */
export interface CombinationConfig {
  readonly channels: readonly string[];
  readonly output: string;
  readonly keep: boolean;
}

/** Makes one channel of several, value by value. */
export class ChannelCombination {
  #config: CombinationConfig = { channels: [], output: 'value', keep: false };
  readonly #neutral: number;
  readonly #combine: (values: Float64Array, results: Float64Array) => void;
  readonly #frames = new BlockTransform(
    (source) => this.#layoutOf(source),
    (source, target) => this.#fill(source, target),
  );

  /** `combine` takes the values of a channel into the results, which begin as `neutral`. */
  constructor(neutral: number, combine: (values: Float64Array, results: Float64Array) => void) {
    this.#neutral = neutral;
    this.#combine = combine;
  }

  set config(config: CombinationConfig) {
    this.#config = config;
    this.#frames.reshape();
  }

  run(io: TransformIo): void {
    this.#frames.run(io);
  }

  #layoutOf({ channels, metadataBytes }: DataLayout): DataLayout {
    const { output, keep } = this.#config;
    const length = Math.max(0, ...this.#chosen(Object.keys(channels)).map((name) => channels[name] ?? 0));
    return new DataLayout({ channels: { ...(keep ? channels : {}), [output]: length }, metadataBytes });
  }

  #fill(source: DataFrameView, target: DataFrameView): void {
    const { output, keep } = this.#config;
    if (keep)
      for (const name of source.channelNames)
        if (name !== output) target.channel(name).set(source.channel(name));
    const results = target.channel(output);
    results.fill(this.#neutral);
    for (const name of this.#chosen(source.channelNames)) {
      const values = source.channel(name);
      if (values.length !== results.length) {
        const text = `channels that are combined must have one length: ${name} has ${values.length} values, not ${results.length}`;
        throw new StreamlibError('PROCESS_FAILED', text, { path: 'config.channels' });
      }
      this.#combine(values, results);
    }
  }

  #chosen(names: readonly string[]): readonly string[] {
    return this.#config.channels.length > 0 ? this.#config.channels : names;
  }
}
