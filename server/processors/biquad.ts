import { StreamlibError } from '../runtime/errors.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { type BiquadCoefficients, designBiquad } from './data/biquad-design.ts';
import type { TransformIo } from './data/block-transform.ts';
import { ChannelNumbers } from './data/channel-numbers.ts';
import { CHANNELS_OPTION, ChannelTransform, TRANSFORM_PORTS } from './data/channel-transform.ts';

const descriptor = {
  name: 'Biquad',
  version: 1,
  description:
    'A second-order filter (low-pass, high-pass, band-pass, notch, all-pass, peaking, shelves) after the Audio EQ Cookbook. The values of successive frames follow one another; each channel is filtered by itself. A value that is not finite gives NaN and leaves the filter as it was. Every option changes live and the filter goes on from where it is. A restart keeps what the filter remembers.',
  tags: ['data', 'transform', 'filter'],
  ...TRANSFORM_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['cutoff_hz', 'sample_rate_hz'],
    properties: {
      kind: {
        type: 'string',
        description: 'What passes or is changed. Changes take effect live.',
        enum: ['lowpass', 'highpass', 'bandpass', 'notch', 'allpass', 'peaking', 'lowshelf', 'highshelf'],
        default: 'lowpass',
      },
      cutoff_hz: {
        type: 'number',
        description:
          'The corner, the centre or the middle of the slope; below half the sample rate. Changes take effect live.',
        exclusiveMinimum: 0,
      },
      sample_rate_hz: {
        type: 'number',
        description: 'How many values of a channel are a second. Changes take effect live.',
        exclusiveMinimum: 0,
      },
      q: {
        type: 'number',
        description:
          'The quality: larger is narrower. 0.7071 makes a low-pass or high-pass of Butterworth. Changes take effect live.',
        minimum: 0.001,
        maximum: 10_000,
        default: Math.SQRT1_2,
      },
      gain_db: {
        type: 'number',
        description: 'What peaking and shelves raise, in dB. Changes take effect live.',
        minimum: -120,
        maximum: 120,
        default: 0,
      },
      channels: CHANNELS_OPTION,
    },
  },
} as const satisfies ProcessorDescriptor;

/** A filter of the second order, in transposed direct form II. */
export default class Biquad implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #coefficients!: BiquadCoefficients;
  readonly #states = new ChannelNumbers(2);
  readonly #transform = new ChannelTransform((values, results, channel) => {
    filter(values, results, this.#coefficients, this.#states.of(channel));
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    const { cutoff_hz, sample_rate_hz } = config;
    if (this.configure(config)) return;
    const text = `config.cutoff_hz must be below half of sample_rate_hz (${sample_rate_hz / 2}), was ${cutoff_hz}`;
    throw new StreamlibError('SETUP_FAILED', text, { path: 'config.cutoff_hz' });
  }

  configure({ kind, cutoff_hz, sample_rate_hz, q, gain_db, channels }: ConfigOf<typeof descriptor>): boolean {
    if (cutoff_hz * 2 >= sample_rate_hz) return false;
    this.#coefficients = designBiquad({ kind, frequency: cutoff_hz / sample_rate_hz, q, gainDb: gain_db });
    this.#transform.channels = channels;
    return true;
  }

  checkpoint(): JsonObject {
    return { states: this.#states.toJson() };
  }

  restore({ states }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name) this.#states.fromJson(states, 'states');
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }
}

function filter(
  values: Float64Array,
  results: Float64Array,
  coefficients: BiquadCoefficients,
  state: Float64Array,
): void {
  const { b0, b1, b2, a1, a2 } = coefficients;
  let first = state[0] as number;
  let second = state[1] as number;
  // NB: what does not need the result is added before it, since each value waits for the result of the one before.
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const result = b0 * value + first;
    first = b1 * value + second - a1 * result;
    second = b2 * value - a2 * result;
    results[i] = result;
  }
  // A value that is not finite stays in what is remembered, so that one look behind them all finds it.
  if (!Number.isFinite(first + second)) {
    filterFinite(values, results, coefficients, state);
    return;
  }
  state[0] = first;
  state[1] = second;
}

/** The same, leaving out what is not finite. */
function filterFinite(
  values: Float64Array,
  results: Float64Array,
  { b0, b1, b2, a1, a2 }: BiquadCoefficients,
  state: Float64Array,
): void {
  let first = state[0] as number;
  let second = state[1] as number;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      results[i] = NaN;
      continue;
    }
    const result = b0 * value + first;
    first = b1 * value + second - a1 * result;
    second = b2 * value - a2 * result;
    results[i] = result;
  }
  state[0] = first;
  state[1] = second;
}
