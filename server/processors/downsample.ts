import { countFrom } from '../recordings/state-fields.ts';
import { DataFrame, type DataFrameView } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import type { DataOutput, TransformIo } from './data/block-transform.ts';
import { ChannelNumbers } from './data/channel-numbers.ts';
import { commonLength } from './data/common-length.ts';
import { copyHeader } from './data/frame-header.ts';
import { ResizedLayouts } from './data/resized-layouts.ts';

const descriptor = {
  name: 'Downsample',
  version: 1,
  description:
    'Makes one value of each `factor` values of a channel; what a frame leaves over goes on with the next. A frame that completes none gives none. It does not filter: Resample does, where frequencies above the new rate would fold back. A restart keeps what is left over.',
  tags: ['data', 'transform'],
  inputs: { data_in: { frame: DataFrame, description: 'Channels of one length.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The same channels with fewer values.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['factor'],
    properties: {
      factor: {
        type: 'integer',
        description: 'How many values become one.',
        minimum: 1,
        maximum: 1_000_000,
      },
      method: {
        type: 'string',
        description: 'first and last pick one of them, the others work it out of all.',
        enum: ['first', 'last', 'mean', 'min', 'max'],
        default: 'mean',
      },
    },
  },
} as const satisfies ProcessorDescriptor;

type Method = ConfigOf<typeof descriptor>['method'];

/** Fewer values. */
export default class Downsample implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #factor = 1;
  #method: Method = 'mean';
  /** How many values of the next result there are. */
  #taken = 0;
  /** What they make so far. */
  readonly #partial = new ChannelNumbers(1);
  readonly #layouts = new ResizedLayouts();

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.#factor = config.factor;
    this.#method = config.method;
  }

  checkpoint(): JsonObject {
    return {
      factor: this.#factor,
      method: this.#method,
      taken: this.#taken,
      partial: this.#partial.toJson(),
    };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    const isSame = state.factor === this.#factor && state.method === this.#method;
    if (processorType !== descriptor.name || !isSame) return;
    const taken = countFrom(state, 'taken');
    this.#partial.fromJson(state.partial, 'partial');
    this.#taken = taken;
  }

  process({ inputs, outputs }: TransformIo): void {
    using frame = inputs.data_in.read();
    if (frame !== undefined) this.#thin(frame, outputs.data_out);
  }

  #thin(frame: DataFrameView, output: DataOutput): void {
    const values = commonLength(frame);
    const results = Math.floor((this.#taken + values) / this.#factor);
    const target = results > 0 ? output.acquire(this.#layouts.of(frame.layout, results)) : undefined;
    if (target !== undefined) copyHeader(frame, target);
    frame.channelNames.forEach((name, i) => {
      this.#thinChannel(frame.channelAt(i), target?.channelAt(i), this.#partial.of(name));
    });
    this.#taken = (this.#taken + values) % this.#factor;
    if (target !== undefined) output.write(target);
  }

  #thinChannel(values: Float64Array, results: Float64Array | undefined, partial: Float64Array): void {
    let taken = this.#taken;
    let sum = partial[0] as number;
    let done = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      sum = taken === 0 ? value : together(this.#method, sum, value);
      if (++taken < this.#factor) continue;
      if (results !== undefined) results[done++] = this.#method === 'mean' ? sum / this.#factor : sum;
      taken = 0;
    }
    partial[0] = sum;
  }
}

function together(method: Method, before: number, value: number): number {
  switch (method) {
    case 'first':
      return before;
    case 'last':
      return value;
    case 'mean':
      return before + value;
    case 'min':
      return Math.min(before, value);
    case 'max':
      return Math.max(before, value);
  }
}
