import { StreamlibError } from '../runtime/errors.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import type { TransformIo } from './data/block-transform.ts';
import { ChannelNumbers, MOST_KEPT_NUMBERS } from './data/channel-numbers.ts';
import { CHANNELS_OPTION, ChannelTransform, TRANSFORM_PORTS } from './data/channel-transform.ts';
import { designFir } from './data/fir-design.ts';

const descriptor = {
  name: 'FirFilter',
  version: 1,
  description:
    'A filter of finite impulse response with linear phase, designed by the window method; it delays by (taps - 1) / 2 values. The values of successive frames follow one another, before the first there are zeros; a value that is not finite is taken as 0 by the ones after it and gives NaN itself. Options other than taps change live. A restart keeps what the filter remembers if together that is at most 3,000 values: taps - 1 for each channel.',
  tags: ['data', 'transform', 'filter'],
  ...TRANSFORM_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['cutoff_hz', 'sample_rate_hz'],
    properties: {
      kind: {
        type: 'string',
        description: 'What passes. Changes take effect live.',
        enum: ['lowpass', 'highpass', 'bandpass', 'bandstop'],
        default: 'lowpass',
      },
      cutoff_hz: {
        type: 'number',
        description:
          'The corner, or the lower corner of a band; below half the sample rate. Changes take effect live.',
        exclusiveMinimum: 0,
      },
      cutoff_high_hz: {
        type: 'number',
        description:
          'The upper corner of a band-pass or band-stop; the others ignore it. Changes take effect live.',
        minimum: 0,
        default: 0,
      },
      sample_rate_hz: {
        type: 'number',
        description: 'How many values of a channel are a second. Changes take effect live.',
        exclusiveMinimum: 0,
      },
      taps: {
        type: 'integer',
        description: 'How many values go into each result: more is steeper. Odd for high-pass and band-stop.',
        minimum: 3,
        maximum: 4095,
        default: 63,
      },
      window: {
        type: 'string',
        description:
          'What the ideal response is cut off with: hamming is steep, blackman lets less through beyond. Changes take effect live.',
        enum: ['hann', 'hamming', 'blackman'],
        default: 'hamming',
      },
      channels: CHANNELS_OPTION,
    },
  },
} as const satisfies ProcessorDescriptor;

type Config = ConfigOf<typeof descriptor>;

/** A filter that weighs the last values. */
export default class FirFilter implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  /** The same from both ends. */
  #taps: Float64Array = new Float64Array(0);
  /** Per channel the values before, oldest first. */
  #history = new ChannelNumbers(0);
  /** The history and the values of a frame, one behind the other. */
  #line = new Float64Array(0);
  readonly #transform = new ChannelTransform((values, results, channel) => {
    this.#filter(values, results, this.#history.of(channel));
  });

  setup({ config }: RuntimeContext<typeof descriptor>): void {
    const fault = faultOf(config);
    if (fault !== undefined) throw new StreamlibError('SETUP_FAILED', fault.text, { path: fault.path });
    this.#history = new ChannelNumbers(config.taps - 1);
    this.#take(config);
  }

  configure(config: Config): boolean {
    if (faultOf(config) !== undefined || config.taps !== this.#taps.length) return false;
    this.#take(config);
    return true;
  }

  checkpoint(): JsonObject | undefined {
    const isSmall = this.#history.size <= MOST_KEPT_NUMBERS;
    return isSmall ? { taps: this.#taps.length, history: this.#history.toJson() } : undefined;
  }

  restore({ taps, history }: JsonObject, { processorType }: StateOrigin): void {
    if (processorType === descriptor.name && taps === this.#taps.length)
      this.#history.fromJson(history, 'history');
  }

  process(io: TransformIo): void {
    this.#transform.run(io);
  }

  #take({ kind, cutoff_hz, cutoff_high_hz, sample_rate_hz, window, taps, channels }: Config): void {
    const low = cutoff_hz / sample_rate_hz;
    // NB: linear phase makes the taps the same from both ends, so the loop may run either way.
    this.#taps = designFir({ kind, low, high: cutoff_high_hz / sample_rate_hz, window, taps });
    this.#transform.channels = channels;
  }

  #filter(values: Float64Array, results: Float64Array, history: Float64Array): void {
    const taps = this.#taps;
    const before = history.length;
    if (this.#line.length < before + values.length) this.#line = new Float64Array(before + values.length);
    const line = this.#line;
    line.set(history);
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      line[before + i] = Number.isFinite(value) ? value : 0;
    }
    for (let i = 0; i < values.length; i++) {
      let sum = 0;
      for (let k = 0; k <= before; k++) sum += (line[i + k] as number) * (taps[k] as number);
      results[i] = Number.isFinite(values[i] as number) ? sum : NaN;
    }
    for (let i = 0; i < before; i++) history[i] = line[values.length + i] as number;
  }
}

function faultOf(config: Config): { path: string; text: string } | undefined {
  const { kind, cutoff_hz, cutoff_high_hz, sample_rate_hz, taps } = config;
  const half = sample_rate_hz / 2;
  const isBand = kind === 'bandpass' || kind === 'bandstop';
  const fault = (path: string, wanted: string, was: number) => ({
    path,
    text: `${path} must be ${wanted}, was ${was}`,
  });
  if (cutoff_hz >= half)
    return fault('config.cutoff_hz', `below half of sample_rate_hz (${half})`, cutoff_hz);
  if (isBand && !(cutoff_high_hz > cutoff_hz && cutoff_high_hz < half))
    return fault('config.cutoff_high_hz', `above cutoff_hz (${cutoff_hz}) and below ${half}`, cutoff_high_hz);
  if (taps % 2 === 0 && (kind === 'highpass' || kind === 'bandstop'))
    return fault('config.taps', `odd for a ${kind}`, taps);
  return undefined;
}
