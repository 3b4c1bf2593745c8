import { CallPace, SOURCE_INTERVAL_US } from '../recordings/call-pace.ts';
import { fileError } from '../recordings/file-error.ts';
import { Pacer } from '../recordings/pacer.ts';
import { countFrom } from '../recordings/state-fields.ts';
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
import { WavFileReader } from './wav/wav-file-reader.ts';

const descriptor = {
  name: 'WavFileSource',
  version: 1,
  description:
    'Plays a WAV file: PCM of 16, 24 or 32 bits or 32-bit float, any sample rate and up to 255 channels, RF64 included. The file is read as it plays, and only while the output has a link. At its end the processor ends. A restart goes on where it was in the file.',
  tags: ['audio', 'source', 'file'],
  inputs: {},
  outputs: {
    audio: {
      frame: AudioFrame.any,
      description: 'The sound of the file, in blocks of block_frames samples.',
    },
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        description: 'The file, relative to the working directory of the server.',
        minLength: 1,
        maxLength: 4096,
      },
      block_frames: {
        type: 'integer',
        description: 'Samples per channel in one frame. The last frame of the file may have fewer.',
        minimum: 1,
        maximum: 65_536,
        default: 480,
      },
      pace: {
        type: 'string',
        description:
          'realtime: as fast as the sound is. fast: as fast as the links take it, for lossless links. Changes take effect live.',
        enum: ['realtime', 'fast'],
        default: 'realtime',
      },
      loop: {
        type: 'boolean',
        description: 'Whether the file starts again at its end. Changes take effect live.',
        default: false,
      },
    },
  },
  scheduling: { kind: 'loop', intervalUs: SOURCE_INTERVAL_US },
} as const satisfies ProcessorDescriptor;

/** The most blocks of one `process` call, so that a fast source leaves its lane to others in between. */
const BLOCKS_PER_CALL = 16;

type AudioOutput = ProcessorIo<typeof descriptor>['outputs']['audio'];

/** Real sound from a file. */
export default class WavFileSource implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #config!: ConfigOf<typeof descriptor>;
  #pacer!: Pacer;
  readonly #callPace = new CallPace();
  #reader: WavFileReader | undefined;
  /** In samples since the start; it goes on counting when the file starts again. */
  #position = 0;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    this.#config = ctx.config;
    this.#pacer = new Pacer(ctx.clock);
    try {
      this.#reader = new WavFileReader(ctx.config.path);
    } catch (cause) {
      throw fileError('read the WAV file', ctx.config.path, cause);
    }
  }

  configure(config: ConfigOf<typeof descriptor>): boolean {
    if (!differOnlyIn(this.#config, config, ['pace', 'loop'])) return false;
    this.#config = config;
    return true;
  }

  checkpoint(): JsonObject | undefined {
    const reader = this.#reader as WavFileReader;
    const frame = reader.totalFrames - reader.remainingFrames;
    return { path: this.#config.path, frame, position: this.#position };
  }

  restore(state: JsonObject, { processorType }: StateOrigin): void {
    if (processorType !== descriptor.name || state.path !== this.#config.path) return;
    const position = countFrom(state, 'position');
    (this.#reader as WavFileReader).seek(countFrom(state, 'frame'));
    this.#position = position;
  }

  process({ outputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    const reader = this.#reader as WavFileReader;
    this.#callPace.set(this.#config.pace === 'fast' && outputs.audio.links > 0, ctx);
    for (
      let block = 0;
      block < BLOCKS_PER_CALL && outputs.audio.links > 0 && outputs.audio.credit > 0;
      block++
    ) {
      if (reader.remainingFrames === 0 && this.#config.loop) reader.rewind();
      const frames = Math.min(this.#config.block_frames, reader.remainingFrames);
      const periodUs = (frames / reader.format.sampleRateHz) * 1e6;
      // NB: the end waits for its turn as well, so that a realtime source ends when its last block has sounded.
      if (this.#config.pace === 'realtime' && !this.#pacer.take(periodUs)) return;
      if (!this.#writeBlock(reader, outputs.audio)) {
        ctx.end();
        return;
      }
    }
  }

  teardown(): void {
    this.#reader?.close();
  }

  #writeBlock(reader: WavFileReader, output: AudioOutput): boolean {
    const samples = reader.next(this.#config.block_frames);
    if (samples === 0) return false;
    const { channels, sampleRateHz } = reader.format;
    const frame = output.acquire({ channels, samples, sampleRateHz });
    frame.samplePosition = this.#position;
    this.#position += samples;
    for (let c = 0; c < channels; c++) reader.channel(c, frame.channel(c));
    output.write(frame);
    return true;
  }
}
