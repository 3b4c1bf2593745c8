import { DataFrame, type DataFrameView } from '../runtime/frame/data-frame.ts';
import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import type { DataOutput, TransformIo } from './data/block-transform.ts';
import { ChannelNumbers } from './data/channel-numbers.ts';
import { commonLength } from './data/common-length.ts';
import { copyHeader } from './data/frame-header.ts';
import { ResizedLayouts } from './data/resized-layouts.ts';
import { WINDOW_KINDS, windowWeights } from './data/window-functions.ts';

const descriptor = {
  name: 'Window',
  version: 1,
  description:
    'Cuts the values of successive frames into blocks of one size, which may overlap, and weighs each with a window function. A block has the time of the frame that completed it and is counted from 0. A restart begins with an empty block.',
  tags: ['data', 'transform', 'spectrum'],
  inputs: { data_in: { frame: DataFrame, description: 'Channels of one length, the same in each frame.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The same channels in blocks of `size` values.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      size: {
        type: 'integer',
        description: 'Values in a block.',
        minimum: 1,
        maximum: 1_048_576,
        default: 1024,
      },
      hop: {
        type: 'integer',
        description:
          'How many values a block begins after the one before; less than size makes them overlap. 0: size.',
        minimum: 0,
        maximum: 1_048_576,
        default: 0,
      },
      window: {
        type: 'string',
        description:
          'What a block is weighed with; rectangular leaves it as it is. Changes take effect live.',
        enum: WINDOW_KINDS,
        default: 'rectangular',
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** Blocks of one size. */
export default class Window implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #weights: Float64Array = new Float64Array(0);
  /** The block that fills, per channel. */
  #blocks = new ChannelNumbers(0);
  /** Values in it; negative where the hop is longer than a block and values are passed over. */
  #filled = 0;
  #sequence = 0;
  readonly #layouts = new ResizedLayouts();

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#blocks = new ChannelNumbers(config.size);
    this.#take(config);
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    if (config.size !== this.#config.size || config.hop !== this.#config.hop) return false;
    this.#take(config);
    return true;
  }

  process({ inputs, outputs }: TransformIo): void {
    using frame = inputs.data_in.read();
    if (frame !== undefined) this.#cut(frame, outputs.data_out);
  }

  #take(config: ConfigOf<typeof descriptor>): void {
    this.#config = config;
    this.#weights = windowWeights(config.window, config.size, 'periodic');
  }

  #cut(frame: DataFrameView, output: DataOutput): void {
    const values = commonLength(frame);
    const { size } = this.#config;
    for (let at = 0; at < values; ) {
      const skipped = Math.min(values - at, Math.max(0, -this.#filled));
      this.#filled += skipped;
      at += skipped;
      if (this.#filled < 0) return;
      const taken = Math.min(values - at, size - this.#filled);
      frame.channelNames.forEach((name, i) => {
        this.#blocks.of(name).set(frame.channelAt(i).subarray(at, at + taken), this.#filled);
      });
      this.#filled += taken;
      at += taken;
      if (this.#filled === size) this.#emit(frame, output);
    }
  }

  #emit(frame: DataFrameView, output: DataOutput): void {
    const { size, hop } = this.#config;
    const step = hop === 0 ? size : hop;
    const block = output.acquire(this.#layouts.of(frame.layout, size));
    copyHeader(frame, block);
    block.sequenceId = this.#sequence++;
    frame.channelNames.forEach((name, i) => {
      const values = this.#blocks.of(name);
      const results = block.channelAt(i);
      for (let k = 0; k < size; k++) results[k] = (values[k] as number) * (this.#weights[k] as number);
      values.copyWithin(0, step);
    });
    this.#filled = size - step;
    output.write(block);
  }
}
