import { numberFrom } from '../recordings/state-fields.ts';
import { DataFrame, type DataFrameView } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type { Processor, ProcessorDescriptor, RuntimeContext, StateOrigin } from '../runtime/processor.ts';
import type { DataOutput, TransformIo } from './data/block-transform.ts';
import { ChannelNumbers, MOST_KEPT_NUMBERS } from './data/channel-numbers.ts';
import { commonLength } from './data/common-length.ts';
import { copyHeader } from './data/frame-header.ts';
import { resamplingTaps } from './data/resampling-taps.ts';
import { ResizedLayouts } from './data/resized-layouts.ts';

const descriptor = {
  name: 'Resample',
  version: 1,
  description:
    'Changes how many values a second each channel has by the factor up / down, through a polyphase filter that keeps out what the new rate cannot show. It delays by 10 × max(up, down) / up values of the input. Values that are not finite are taken as 0. A restart goes on without a click if at most 3,000 values have to be kept: 20 × max(up, down) / up for each channel.',
  tags: ['data', 'transform', 'filter'],
  inputs: { data_in: { frame: DataFrame, description: 'Channels of one length.' } },
  outputs: { data_out: { frame: DataFrame, description: 'The same channels at the new rate.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      up: {
        type: 'integer',
        description: 'How many values become of `down`.',
        minimum: 1,
        maximum: 1024,
        default: 1,
      },
      down: {
        type: 'integer',
        description: 'How many values become `up`.',
        minimum: 1,
        maximum: 1024,
        default: 2,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

const NO_VALUES = new Float64Array(0);

/** Another sample rate. */
export default class Resample implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #up = 1;
  #down = 1;
  #taps: Float64Array = new Float64Array(0);
  /** Values before the present one that a result may need. */
  #reach = 0;
  #history = new ChannelNumbers(0);
  /** Where the next result lies after the next value, in 1 / up values. */
  #place = 0;
  #line = new Float64Array(0);
  readonly #layouts = new ResizedLayouts();

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    const common = greatestDivisor(config.up, config.down);
    this.#up = config.up / common;
    this.#down = config.down / common;
    this.#taps = resamplingTaps(this.#up, this.#down);
    this.#reach = Math.ceil(this.#taps.length / this.#up) - 1;
    this.#history = new ChannelNumbers(this.#reach);
  }

  checkpoint(): JsonObject | undefined {
    if (this.#history.size > MOST_KEPT_NUMBERS) return undefined;
    return { up: this.#up, down: this.#down, place: this.#place, history: this.#history.toJson() };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name || state.up !== this.#up || state.down !== this.#down) return;
    const place = numberFrom(state, 'place', this.#down);
    this.#history.fromJson(state.history, 'history');
    this.#place = place;
  }

  process({ inputs, outputs }: TransformIo): void {
    using frame = inputs.data_in.read();
    if (frame !== undefined) this.#resample(frame, outputs.data_out);
  }

  #resample(frame: DataFrameView, output: DataOutput): void {
    const values = commonLength(frame);
    const results = Math.max(0, Math.ceil((values * this.#up - this.#place) / this.#down));
    const target = results > 0 ? output.acquire(this.#layouts.of(frame.layout, results)) : undefined;
    if (target !== undefined) copyHeader(frame, target);
    frame.channelNames.forEach((name, i) => {
      this.#filter(frame.channelAt(i), this.#history.of(name), target?.channelAt(i));
    });
    this.#place += results * this.#down - values * this.#up;
    if (target !== undefined) output.write(target);
  }

  #filter(values: Float64Array, history: Float64Array, results: Float64Array = NO_VALUES): void {
    const reach = this.#reach;
    const up = this.#up;
    const taps = this.#taps;
    if (this.#line.length < reach + values.length) this.#line = new Float64Array(reach + values.length);
    const line = this.#line;
    line.set(history);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      line[reach + i] = Number.isFinite(value) ? value : 0;
    }
    let place = this.#place;
    for (let n = 0; n < results.length; n++, place += this.#down) {
      let at = reach + Math.floor(place / up);
      let sum = 0;
      for (let k = place % up; k < taps.length; k += up) sum += (taps[k] as number) * (line[at--] as number);
      results[n] = sum;
    }
    for (let i = 0; i < reach; i++) history[i] = line[values.length + i] as number;
  }
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
