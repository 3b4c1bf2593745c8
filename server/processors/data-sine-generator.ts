import { numberFrom } from '../recordings/state-fields.ts';
import { StreamlibError } from '../runtime/errors.ts';
import type { DataFrameView } from '../runtime/frame/data-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { differOnlyIn } from './config-change.ts';
import {
  BlockSource,
  SOURCE_CHANNEL_OPTION,
  SOURCE_OPTIONS,
  SOURCE_PORTS,
  SOURCE_SCHEDULING,
  type SourceIo,
} from './data/block-source.ts';

const descriptor = {
  name: 'DataSineGenerator',
  version: 1,
  description:
    'Makes a sine wave. Its phase never jumps, from frame to frame and over triggers, changes of the frequency and restarts. SineGenerator is the one for sound.',
  tags: ['data', 'source', 'test'],
  ...SOURCE_PORTS,
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      frequency_hz: {
        type: 'number',
        description: 'Must be below half the sample rate. Changes take effect live.',
        minimum: 0,
        default: 440,
      },
      amplitude: { type: 'number', description: 'Peak value. Changes take effect live.', default: 1 },
      channel: SOURCE_CHANNEL_OPTION,
      ...SOURCE_OPTIONS,
    },
  },
  scheduling: SOURCE_SCHEDULING,
} as const satisfies ProcessorDescriptor;

type Config = ConfigOf<typeof descriptor>;

/** A wave whose phase never jumps. */
export default class DataSineGenerator implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: Config;
  #source!: BlockSource;
  /** In turns, 0 to 1. */
  #phase = 0;

  setup({ config, clock }: RuntimeContext<typeof descriptor>): void {
    const { frequency_hz, sample_rate_hz } = config;
    if (frequency_hz * 2 >= sample_rate_hz) {
      const text = `config.frequency_hz must be below half of sample_rate_hz (${sample_rate_hz / 2}), was ${frequency_hz}`;
      throw new StreamlibError('SETUP_FAILED', text, { path: 'config.frequency_hz' });
    }
    this.#config = config;
    this.#source = new BlockSource(config, clock, [config.channel], (frame) => this.#fill(frame));
  }

  configure(config: Config): boolean {
    const live = differOnlyIn(this.#config, config, ['frequency_hz', 'amplitude']);
    if (!live || config.frequency_hz * 2 >= config.sample_rate_hz) return false;
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject {
    return { phase: this.#phase, ...this.#source.checkpoint() };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name) return;
    const phase = numberFrom(state, 'phase', 1);
    this.#source.restore(state);
    this.#phase = phase;
  }

  process(io: SourceIo, ctx: RuntimeContext<typeof descriptor>): void {
    this.#source.run(io, ctx);
  }

  #fill(frame: DataFrameView): void {
    const { frequency_hz, sample_rate_hz, amplitude } = this.#config;
    const values = frame.channelAt(0);
    const turns = frequency_hz / sample_rate_hz;
    fillSine(values, amplitude, this.#phase, turns);
    this.#phase = (this.#phase + values.length * turns) % 1;
  }
}

/** How many values are made by rotation before sine and cosine are taken anew: rounding stays below 1e-13. */
const VALUES_PER_ROTATION = 256;

/**
 * Each value by turning the fourth before it, which costs less than a sine. The four that follow one another do not wait
 * for each other.
 */
function fillSine(values: Float64Array, amplitude: number, phase: number, turns: number): void {
  const stepSin = Math.sin(8 * Math.PI * turns);
  const stepCos = Math.cos(8 * Math.PI * turns);
  const { length } = values;
  const whole = length & ~3;
  for (let i = whole; i < length; i++) values[i] = turned(amplitude, phase + i * turns)[0];
  for (let from = 0; from < whole; from += VALUES_PER_ROTATION) {
    let [aSin, aCos] = turned(amplitude, phase + from * turns);
    let [bSin, bCos] = turned(amplitude, phase + (from + 1) * turns);
    let [cSin, cCos] = turned(amplitude, phase + (from + 2) * turns);
    let [dSin, dCos] = turned(amplitude, phase + (from + 3) * turns);
    const end = Math.min(whole, from + VALUES_PER_ROTATION);
    for (let i = from; i < end; i += 4) {
      values[i] = aSin;
      values[i + 1] = bSin;
      values[i + 2] = cSin;
      values[i + 3] = dSin;
      const a = aSin * stepCos + aCos * stepSin;
      aCos = aCos * stepCos - aSin * stepSin;
      aSin = a;
      const b = bSin * stepCos + bCos * stepSin;
      bCos = bCos * stepCos - bSin * stepSin;
      bSin = b;
      const c = cSin * stepCos + cCos * stepSin;
      cCos = cCos * stepCos - cSin * stepSin;
      cSin = c;
      const d = dSin * stepCos + dCos * stepSin;
      dCos = dCos * stepCos - dSin * stepSin;
      dSin = d;
    }
  }
}

function turned(amplitude: number, turns: number): [sin: number, cos: number] {
  const angle = 2 * Math.PI * (turns % 1);
  return [amplitude * Math.sin(angle), amplitude * Math.cos(angle)];
}
