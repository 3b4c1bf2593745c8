import { AudioFrame, type AudioFrameView } from '../runtime/frame/audio-frame.ts';
import { DataFrame, type DataLayout, dataLayout } from '../runtime/frame/data-frame.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';
import { LevelAccumulator } from './level-meter/level-accumulator.ts';

const descriptor = {
  name: 'LevelMeter',
  version: 1,
  description:
    'Measures how loud sound is. Once per interval it gives a frame and publishes an event `level` on its own topic, both with rms, peak, rms_db and peak_db of all channels together and rms_{n}, peak_{n}, rms_db_{n}, peak_db_{n} of each, counted from 0. The last interval before the input ends may be shorter. Decibels are relative to full scale; silence is -144 dB.',
  tags: ['audio', 'analysis', 'events'],
  inputs: { audio: { frame: AudioFrame.any, description: 'The sound to measure.' } },
  outputs: { data: { frame: DataFrame, description: 'The levels of each interval.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      interval_ms: {
        type: 'number',
        description:
          'Over how much sound a level is measured, by the sample rate and not by the clock. Changes take effect live.',
        minimum: 1,
        maximum: 3_600_000,
        default: 100,
      },
      emit_events: {
        type: 'boolean',
        description: 'Whether each level is published as an event, too. Changes take effect live.',
        default: true,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** Root mean square and peak of sound. */
export default class LevelMeter implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #levels = new LevelAccumulator(0, 0);
  #layout: DataLayout = dataLayout({});
  #sequence = 0;
  #io!: ProcessorIo<typeof descriptor>;

  setup(ctx: RuntimeContext<typeof descriptor>, io: ProcessorIo<typeof descriptor>): void {
    this.#config = ctx.config;
    this.#io = io;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#config = config;
    return true;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    using frame = inputs.audio.read();
    if (frame === undefined) return;
    if (!this.#levels.fits(frame)) this.#begin(frame);
    const interval = Math.max(1, Math.round((frame.sampleRateHz * this.#config.interval_ms) / 1000));
    for (let at = 0; at < frame.samples; ) {
      const end = Math.min(frame.samples, at + Math.max(1, interval - this.#levels.samples));
      this.#levels.add(frame, at, end);
      at = end;
      if (this.#levels.samples >= interval) this.#report(ctx, frame);
    }
  }

  teardown(ctx: RuntimeContext<typeof descriptor>): void {
    if (this.#levels.samples > 0 && this.#io.inputs.audio.ended) this.#report(ctx);
  }

  /** Other sound than before: what was measured of an interval belongs to nothing any more. */
  #begin({ channels, sampleRateHz }: AudioFrameView): void {
    this.#levels = new LevelAccumulator(channels, sampleRateHz);
    this.#layout = dataLayout(Object.fromEntries(this.#levels.names.map((name) => [name, 1])));
  }

  #report(ctx: RuntimeContext<typeof descriptor>, cause?: AudioFrameView): void {
    const levels = this.#levels.take();
    const frame = this.#io.outputs.data.acquire(this.#layout);
    if (cause !== undefined) frame.monotonicNs = cause.monotonicNs;
    const timestampUs = ctx.clock.utcUs();
    frame.timestampUs = timestampUs;
    frame.sequenceId = this.#sequence++;
    this.#layout.channelNames.forEach((name, index) => {
      frame.channelAt(index)[0] = levels[name] as number;
    });
    this.#io.outputs.data.write(frame);
    if (!this.#config.emit_events) return;
    ctx.events.publish(`processor:${ctx.id}`, {
      name: 'level',
      data: { timestamp_us: timestampUs, ...levels },
    });
  }
}
