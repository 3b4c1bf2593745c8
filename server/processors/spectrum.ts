import { DataFrame, type DataFrameView, DataLayout } from '../runtime/frame/data-frame.ts';
import type { ConfigOf, Processor, ProcessorDescriptor, RuntimeContext } from '../runtime/processor.ts';
import { BlockTransform, type TransformIo } from './data/block-transform.ts';
import { commonLength } from './data/common-length.ts';
import { FFT_SIZE_OPTION, FftPlans, pointsFor } from './data/fft-plans.ts';
import { WINDOW_KINDS, windowWeights } from './data/window-functions.ts';

const descriptor = {
  name: 'Spectrum',
  version: 1,
  description:
    'How the power of each channel of a frame is spread over frequencies, one-sided, as a periodogram. Bin k is the frequency k × sample_rate_hz / points, which the channel frequency_hz of the result tells. NaN among the values makes the whole spectrum of its channel NaN.',
  tags: ['data', 'analysis', 'spectrum'],
  inputs: { data_in: { frame: DataFrame, description: 'Blocks of values, all channels of one length.' } },
  outputs: {
    data_out: { frame: DataFrame, description: 'Points / 2 + 1 bins for each channel, and frequency_hz.' },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['sample_rate_hz'],
    properties: {
      sample_rate_hz: {
        type: 'number',
        description: 'How many values of a channel are a second. Changes take effect live.',
        exclusiveMinimum: 0,
      },
      size: FFT_SIZE_OPTION,
      window: {
        type: 'string',
        description:
          'What the block is weighed with, so that its ends do not smear. Changes take effect live.',
        enum: WINDOW_KINDS,
        default: 'hann',
      },
      scaling: {
        type: 'string',
        description:
          'density: power per Hz, for noise. power: the power of a tone in its bin. amplitude: the peak value of a tone in its bin. Changes take effect live.',
        enum: ['density', 'power', 'amplitude'],
        default: 'power',
      },
      unit: {
        type: 'string',
        description:
          'linear, or db: 10 times the logarithm of a power, 20 times that of an amplitude. Changes take effect live.',
        enum: ['linear', 'db'],
        default: 'linear',
      },
    },
  },
  stateless: true,
} as const satisfies ProcessorDescriptor;

type Config = ConfigOf<typeof descriptor>;

const FREQUENCY = 'frequency_hz';

/** Blocks as power over frequency. */
export default class Spectrum implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: Config;
  readonly #plans = new FftPlans();
  #weights: Float64Array = new Float64Array(0);
  #weighed = new Float64Array(0);
  #re = new Float64Array(0);
  #im = new Float64Array(0);
  readonly #transform = new BlockTransform(
    (source) => this.#layoutOf(source),
    (source, target) => this.#fill(source, target),
  );

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    this.configure(config);
  }

  configure(config: Config): boolean {
    this.#config = config;
    this.#weights = new Float64Array(0);
    this.#transform.reshape();
    return true;
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }

  #layoutOf({ channelNames, lengths, metadataBytes }: DataLayout): DataLayout {
    const channels = channelNames.map((name, i): [string, number] => [
      name,
      pointsFor(lengths[i] as number, this.#config.size) / 2 + 1,
    ]);
    const bins = channels.reduce((most, [, length]) => Math.max(most, length), 0);
    return new DataLayout({ channels: Object.fromEntries([...channels, [FREQUENCY, bins]]), metadataBytes });
  }

  #fill(source: DataFrameView, target: DataFrameView): void {
    commonLength(source);
    const { sample_rate_hz, size } = this.#config;
    const frequencies = target.channel(FREQUENCY);
    const points = (frequencies.length - 1) * 2;
    for (let k = 0; k < frequencies.length; k++) frequencies[k] = (k * sample_rate_hz) / points;
    const { channelNames } = source;
    for (let i = 0; i < channelNames.length; i++) {
      const values = source.channelAt(i);
      if (channelNames[i] === FREQUENCY) continue;
      this.#spectrumOf(values, pointsFor(values.length, size), target.channelAt(i));
    }
  }

  #spectrumOf(values: Float64Array, points: number, bins: Float64Array): void {
    this.#prepare(values.length, bins.length);
    for (let i = 0; i < values.length; i++)
      this.#weighed[i] = (values[i] as number) * (this.#weights[i] as number);
    this.#plans.of(points).transform(this.#weighed, this.#re, this.#im);
    const { scaling, unit } = this.#config;
    const scale = this.#scale();
    for (let k = 0; k < bins.length; k++) {
      const re = this.#re[k] as number;
      const im = this.#im[k] as number;
      // The bins between stand for their mirror images, too.
      const sides = k === 0 || k === bins.length - 1 ? 1 : 2;
      const power = (re * re + im * im) * scale * (scaling === 'amplitude' ? sides * sides : sides);
      const value = scaling === 'amplitude' ? Math.sqrt(power) : power;
      bins[k] = unit === 'db' ? 10 * Math.log10(power) : value;
    }
  }

  #prepare(length: number, bins: number): void {
    if (this.#weights.length !== length) {
      this.#weights = windowWeights(this.#config.window, length, 'periodic');
      this.#weighed = new Float64Array(length);
    }
    if (this.#re.length === bins) return;
    this.#re = new Float64Array(bins);
    this.#im = new Float64Array(bins);
  }

  /** What a squared bin is multiplied by: G. Heinzel et al., "Spectrum and spectral density estimation by the DFT", 2002. */
  #scale(): number {
    let sum = 0;
    let squares = 0;
    for (const weight of this.#weights) {
      sum += weight;
      squares += weight * weight;
    }
    return this.#config.scaling === 'density' ? 1 / (this.#config.sample_rate_hz * squares) : 1 / (sum * sum);
  }
}
