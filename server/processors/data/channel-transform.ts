import { DataFrame, type DataFrameView, type DataLayout } from '../../runtime/frame/data-frame.ts';
import { BlockTransform, type TransformIo } from './block-transform.ts';

/** The ports of a type that turns each frame into one of the same channels. */
export const TRANSFORM_PORTS = {
  inputs: { data_in: { frame: DataFrame, description: 'The values to work on.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The same channels, time, sequence and metadata.' } },
} as const;

/** The option of a type that works on channels one by one. */
export const CHANNELS_OPTION = {
  type: 'array',
  description:
    'The channels to work on; empty stands for all. The others pass unchanged. Changes take effect live.',
  items: { type: 'string', minLength: 1, maxLength: 255 },
  uniqueItems: true,
  maxItems: 1024,
  default: [],
} as const;

/** What is done to the values of one channel; `results` is as long as `values`. */
export type ChannelOperation = (values: Float64Array, results: Float64Array, channel: string) => void;

/** Takes what waits and writes the result of an operation on each of the chosen channels. */
export class ChannelTransform {
  /** As `CHANNELS_OPTION` has them. */
  channels: readonly string[] = [];
  readonly #operation: ChannelOperation;
  readonly #frames = new BlockTransform(
    (layout) => layout,
    (source, target, layout) => this.#fill(source, target, layout),
  );

  constructor(operation: ChannelOperation) {
    this.#operation = operation;
  }

  run(io: TransformIo): void {
    this.#frames.run(io);
  }

  #fill(source: DataFrameView, target: DataFrameView, { channelNames }: DataLayout): void {
    for (let i = 0; i < channelNames.length; i++) {
      const name = channelNames[i] as string;
      const values = source.channelAt(i);
      if (this.channels.length > 0 && !this.channels.includes(name)) target.channelAt(i).set(values);
      else this.#operation(values, target.channelAt(i), name);
    }
  }
}
