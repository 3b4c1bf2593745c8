import { CallPace, SOURCE_INTERVAL_US } from '../../recordings/call-pace.ts';
import { Pacer } from '../../recordings/pacer.ts';
import { countFrom } from '../../recordings/state-fields.ts';
import type { MediaClock } from '../../runtime/clock.ts';
import {
  DataFrame,
  type DataFrameView,
  type DataLayout,
  dataLayout,
} from '../../runtime/frame/data-frame.ts';
import type { JsonObject } from '../../runtime/json.ts';
import type { ProcessorInput, RuntimeContext } from '../../runtime/processor.ts';
import type { DataOutput } from './block-transform.ts';

/** The ports of a type that makes values out of nothing. */
export const SOURCE_PORTS = {
  inputs: {
    trigger: {
      frame: DataFrame,
      description:
        'With a link here each frame that arrives asks for one frame, which takes over its time and sequence; what is in it does not matter.',
    },
  },
  outputs: { data: { frame: DataFrame, description: 'Blocks of values.' } },
} as const;

/** The option of such a type that has one channel. */
export const SOURCE_CHANNEL_OPTION = {
  type: 'string',
  description: 'What the values are called.',
  minLength: 1,
  maxLength: 255,
  default: 'value',
} as const;

/** The options of such a type. */
export const SOURCE_OPTIONS = {
  samples: {
    type: 'integer',
    description: 'Values of each channel in one frame.',
    minimum: 1,
    maximum: 1_048_576,
    default: 256,
  },
  sample_rate_hz: {
    type: 'number',
    description: 'How many values of a channel are a second.',
    exclusiveMinimum: 0,
    maximum: 1_000_000_000,
    default: 48_000,
  },
  pace: {
    type: 'string',
    description:
      'Without a link to trigger. realtime: as many values a second as the sample rate says. fast: as many as the links take.',
    enum: ['realtime', 'fast'],
    default: 'realtime',
  },
  frames: {
    type: 'integer',
    description: 'After how many frames the source ends. 0: never.',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
  },
} as const;

export const SOURCE_SCHEDULING = { kind: 'loop', intervalUs: SOURCE_INTERVAL_US } as const;

/** As `SOURCE_OPTIONS` has them. */
export interface SourceConfig {
  readonly samples: number;
  readonly sample_rate_hz: number;
  readonly pace: 'realtime' | 'fast';
  readonly frames: number;
}

/** The ports of `SOURCE_PORTS`, as `process` sees them. */
export interface SourceIo {
  readonly inputs: { readonly trigger: ProcessorInput<DataFrameView> };
  readonly outputs: { readonly data: DataOutput };
}

/** The most frames of one call, so that the lane comes to its other processors in between. */
const FRAMES_PER_CALL = 16;

/** What a source tells its runtime. */
type Caller = Pick<RuntimeContext, 'end' | 'setIntervalUs'>;

/** Writes frames when they are due or asked for. */
export class BlockSource {
  readonly #config: SourceConfig;
  readonly #clock: MediaClock;
  readonly #pacer: Pacer;
  readonly #layout: DataLayout;
  readonly #fill: (frame: DataFrameView) => void;
  readonly #callPace = new CallPace();
  /** Frames that were written, by instances before this one as well. */
  #written = 0;
  /** Event time of the first frame, in microseconds since the Unix epoch. */
  #beginUs: number | undefined;

  /** `fill` writes the values of the next frame. */
  constructor(
    config: SourceConfig,
    clock: MediaClock,
    channelNames: readonly string[],
    fill: (frame: DataFrameView) => void,
  ) {
    this.#config = config;
    this.#clock = clock;
    this.#pacer = new Pacer(clock);
    this.#layout = dataLayout(Object.fromEntries(channelNames.map((name) => [name, config.samples])));
    this.#fill = fill;
  }

  run({ inputs, outputs }: SourceIo, ctx: Caller): void {
    const { pace, frames } = this.#config;
    const output = outputs.data;
    const isAsked = inputs.trigger.links > 0;
    const isFast = pace === 'fast' && !isAsked && output.links > 0;
    this.#callPace.set(isFast, ctx);
    // NB: a frame that goes all its way before the next is made is in the nearest cache, and its view is used again.
    const most = isFast ? 1 : FRAMES_PER_CALL;
    for (let count = 0; count < most && output.credit > 0; count++) {
      if (frames > 0 && this.#written >= frames) {
        ctx.end();
        return;
      }
      const isWritten = isAsked ? this.#answer(inputs.trigger, output) : this.#beat(output);
      if (!isWritten) return;
    }
  }

  /** Writes a frame if one is asked for. */
  #answer(input: SourceIo['inputs']['trigger'], output: DataOutput): boolean {
    const trigger = input.read();
    if (trigger === undefined) return false;
    const { timestampUs, sequenceId } = trigger;
    trigger.release();
    this.#write(output, timestampUs, sequenceId);
    return true;
  }

  /** Writes a frame if one is due. */
  #beat(output: DataOutput): boolean {
    const { samples, sample_rate_hz, pace } = this.#config;
    const isDue = pace === 'fast' ? output.links > 0 : this.#pacer.take((samples / sample_rate_hz) * 1e6);
    if (!isDue) return false;
    this.#beginUs ??= this.#clock.utcUs() - this.#elapsedUs;
    this.#write(output, this.#beginUs + this.#elapsedUs, this.#written);
    return true;
  }

  checkpoint(): JsonObject {
    return { written: this.#written };
  }

  /** Goes on counting. Throws an error that names the field of the state. */
  restore(state: JsonObject): void {
    this.#written = countFrom(state, 'written');
    this.#beginUs = undefined;
  }

  /** What the frames so far last. */
  get #elapsedUs(): number {
    return Math.round((this.#written * this.#config.samples * 1e6) / this.#config.sample_rate_hz);
  }

  #write(output: DataOutput, timestampUs: number, sequenceId: number): void {
    const frame = output.acquire(this.#layout);
    frame.timestampUs = timestampUs;
    frame.sequenceId = sequenceId;
    this.#fill(frame);
    this.#written++;
    output.write(frame);
  }
}
