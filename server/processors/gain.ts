import { AudioFrame } from '../runtime/frame/audio-frame.ts';
import type {
  ConfigOf,
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
} from '../runtime/processor.ts';

const descriptor = {
  name: 'Gain',
  version: 1,
  description:
    'Multiplies every sample by a factor. The result is not limited: samples may leave the range -1 to 1, which a sink with an integer format clips and counts.',
  tags: ['audio', 'transform'],
  inputs: { audio_in: { frame: AudioFrame.any, description: 'The sound to make louder or quieter.' } },
  outputs: { audio_out: { frame: AudioFrame.any, description: 'The same sound, every sample multiplied.' } },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      gain: {
        type: 'number',
        description:
          'Linear factor: 0.5 is half the amplitude (-6 dB), negative values invert. Changes take effect live.',
        minimum: -1000,
        maximum: 1000,
        default: 1,
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** Multiplies sound by a factor that can be changed while it runs, with the next frame and without a restart. */
export default class Gain implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #gain = 1;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    this.#gain = ctx.config.gain;
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    this.#gain = config.gain;
    return true;
  }

  process({ inputs, outputs }: ProcessorIo<typeof descriptor>): void {
    using frame = inputs.audio_in.read();
    if (frame === undefined) return;
    // NB: other links may show the same slot, so the frame that was read is never changed in place.
    const result = outputs.audio_out.acquire(frame);
    result.stampAs(frame);
    result.samplePosition = frame.samplePosition;
    for (let c = 0; c < frame.channels; c++) multiply(frame.channel(c), this.#gain, result.channel(c));
    outputs.audio_out.write(result);
  }
}

function multiply(source: Float32Array, factor: number, target: Float32Array): void {
  for (let i = 0; i < source.length; i++) target[i] = (source[i] as number) * factor;
}
