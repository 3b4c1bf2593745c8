import { CallPace, SOURCE_INTERVAL_US } from '../recordings/call-pace.ts';
import { Pacer } from '../recordings/pacer.ts';
import { countFrom, numberFrom } from '../recordings/state-fields.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { AudioFrame } from '../runtime/frame/audio-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { differOnlyIn } from './config-change.ts';

const descriptor = {
  name: 'SineGenerator',
  version: 1,
  description:
    'Generates a sine tone, the same on every channel. Frequency and amplitude change live and without a click. A restart keeps the phase and goes on counting samples.',
  tags: ['audio', 'source', 'test'],
  inputs: {},
  outputs: { audio: { frame: AudioFrame.any, description: 'The tone, in blocks of block_frames samples.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      frequency_hz: {
        type: 'number',
        description: 'Pitch; must be below half the sample rate. Changes take effect live.',
        exclusiveMinimum: 0,
        maximum: 192_000,
        default: 440,
      },
      amplitude: {
        type: 'number',
        description: 'Peak value, where 1 is full scale. Changes take effect live.',
        minimum: 0,
        maximum: 1,
        default: 0.5,
      },
      sample_rate_hz: {
        type: 'integer',
        description: 'Samples per second and channel.',
        minimum: 1000,
        maximum: 384_000,
        default: 48_000,
      },
      channels: {
        type: 'integer',
        description: 'How many channels carry the tone.',
        minimum: 1,
        maximum: 255,
        default: 1,
      },
      block_frames: {
        type: 'integer',
        description: 'Samples per channel in one frame: 480 is 10 ms at 48 kHz.',
        minimum: 1,
        maximum: 65_536,
        default: 480,
      },
      pace: {
        type: 'string',
        description:
          'realtime: as many samples per second as the sample rate says. fast: as many as the links take.',
        enum: ['realtime', 'fast'],
        default: 'realtime',
      },
    },
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
} as const satisfies ProcessorDescriptor;

/** The most blocks of one `process` call, so that a fast generator leaves its lane to others in between. */
const BLOCKS_PER_CALL = 16;

/** A tone whose phase never jumps. */
export default class SineGenerator implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #pacer!: Pacer;
  readonly #callPace = new CallPace();
  /** In turns, 0 to 1. */
  #phase = 0;
  #position = 0;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    this.#config = checked(ctx.config);
    this.#pacer = new Pacer(ctx.clock);
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    const live = differOnlyIn(this.#config, config, ['frequency_hz', 'amplitude']);
    if (!live || config.frequency_hz * 2 >= config.sample_rate_hz) return false;
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject {
    return { phase: this.#phase, position: this.#position, sample_rate_hz: this.#config.sample_rate_hz };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name) return;
    const phase = numberFrom(state, 'phase', 1);
    const seconds = countFrom(state, 'position') / countFrom(state, 'sample_rate_hz');
    // The sample position is a time, also where the next samples are closer together.
    this.#position = Math.round(seconds * this.#config.sample_rate_hz);
    this.#phase = phase;
  }

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const { block_frames, sample_rate_hz, pace } = this.#config;
    this.#callPace.set(pace === 'fast' && outputs.audio.links > 0, ctx);
    const periodUs = (block_frames / sample_rate_hz) * 1e6;
    for (let block = 0; block < BLOCKS_PER_CALL && outputs.audio.credit > 0; block++) {
      const due = pace === 'fast' ? outputs.audio.links > 0 : this.#pacer.take(periodUs);
      if (!due) return;
      this.#writeBlock(outputs.audio);
    }
  }

  #writeBlock(output: ProcessorIo<typeof descriptor>['outputs']['audio']): void {
    const {
      channels,
      block_frames: samples,
      sample_rate_hz: sampleRateHz,
      frequency_hz,
      amplitude,
    } = this.#config;
    const frame = output.acquire({ channels, samples, sampleRateHz });
    frame.samplePosition = this.#position;
    this.#position += samples;
    const first = frame.channel(0);
    const step = frequency_hz / sampleRateHz;
    let phase = this.#phase;
    for (let i = 0; i < samples; i++) {
      first[i] = amplitude * Math.sin(2 * Math.PI * phase);
      phase += step;
      if (phase >= 1) phase -= 1;
    }
    this.#phase = phase;
    for (let c = 1; c < channels; c++) frame.channel(c).set(first);
    output.write(frame);
  }
}

function checked(config: ConfigOf<typeof descriptor>): ConfigOf<typeof descriptor> {
  const { frequency_hz, sample_rate_hz } = config;
  if (frequency_hz * 2 < sample_rate_hz) return config;
  const text = `config.frequency_hz must be below half of sample_rate_hz (${sample_rate_hz / 2}), was ${frequency_hz}`;
  throw new StreamlibError('SETUP_FAILED', text, { path: 'config.frequency_hz' });
}
