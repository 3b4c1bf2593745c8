import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError } from '../recordings/file-error.ts';
import { countFrom } from '../recordings/state-fields.ts';
import { StreamlibError } from '../runtime/errors.ts';
import { AudioFrame, type AudioFrameView } from '../runtime/frame/audio-frame.ts';
import type { JsonObject } from '../runtime/json.ts';
import type {
  Processor,
  ProcessorDescriptor,
  ProcessorIo,
  RuntimeContext,
  StateOrigin,
} from '../runtime/processor.ts';
import { cutOff, framesWritten, WavFileWriter } from './wav/wav-file-writer.ts';

const descriptor = {
  name: 'WavFileSink',
  version: 1,
  description:
    'Records sound to a WAV file, which can be played at any time, also after a crash. Sample rate and channels are those of the first frame. Beyond 4 GiB the file becomes an RF64. A restart goes on behind what is recorded, unless path or format are others.',
  tags: ['audio', 'sink', 'file'],
  inputs: {
    audio: { frame: AudioFrame.any, delivery: 'lossless', description: 'The sound to record.' },
  },
  outputs: {},
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        description:
          'The file, relative to the working directory of the server. Missing folders are made; an existing file is replaced when the first sound arrives.',
        minLength: 1,
        maxLength: 4096,
      },
      format: {
        type: 'string',
        description:
          'How samples are stored. Integer formats clip what lies outside -1 to 1; float32 keeps everything.',
        enum: ['pcm16', 'pcm24', 'pcm32', 'float32'],
        default: 'pcm16',
      },
    },
  },
} as const satisfies ProcessorDescriptor;

/** The most frames of one `process` call; the header is brought up to date once per call. */
const FRAMES_PER_CALL = 64;

/** Sound on its way to a file. */
export default class WavFileSink implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;
  #file: number | undefined;
  #writer: WavFileWriter | undefined;
  #clipped = 0;

  setup(ctx: RuntimeContext<typeof descriptor>): void {
    const { path } = ctx.config;
    try {
      mkdirSync(dirname(path), { recursive: true });
      // What the file has stays until the state of an earlier instance, or the first sound, says what becomes of it.
      this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT);
    } catch (cause) {
      throw fileError('write the WAV file', path, cause);
    }
  }

  checkpoint({ config }: RuntimeContext<typeof descriptor>): JsonObject | undefined {
    if (this.#writer === undefined) return undefined;
    const { format, frames } = this.#writer;
    const { sampleRateHz: sample_rate_hz, channels } = format;
    const { path, format: sample_format } = config;
    return { path, sample_format, sample_rate_hz, channels, frames, clipped_samples: this.#clipped };
  }

  restore(
    state: JsonObject,
    { processorType }: StateOrigin,
    { config, log }: RuntimeContext<typeof descriptor>,
  ): void {
    const { path, format: sampleFormat } = config;
    const isOther = state.path !== path || state.sample_format !== sampleFormat;
    if (processorType !== descriptor.name || isOther) return;
    const format = {
      sampleFormat,
      channels: countFrom(state, 'channels'),
      sampleRateHz: countFrom(state, 'sample_rate_hz'),
    };
    const clipped = countFrom(state, 'clipped_samples');
    const file = this.#file as number;
    // After a crash the file has more than the state knows of, and that is sound as well.
    const frames = framesWritten(file, format);
    if (frames < countFrom(state, 'frames')) {
      log.warn('the file is not the one that was recorded to, and is begun anew', { path });
      return;
    }
    this.#writer = new WavFileWriter(file, format, frames);
    this.#clipped = clipped;
  }

  process({ inputs }: ProcessorIo<typeof descriptor>, ctx: RuntimeContext<typeof descriptor>): void {
    try {
      for (let count = 0; count < FRAMES_PER_CALL; count++) {
        using frame = inputs.audio.read();
        if (frame === undefined) break;
        this.#append(frame, ctx);
      }
      this.#writer?.complete();
    } catch (cause) {
      if (cause instanceof StreamlibError) throw cause;
      throw fileError('write the WAV file', ctx.config.path, cause, 'PROCESS_FAILED');
    }
  }

  teardown(ctx: RuntimeContext<typeof descriptor>): void {
    if (this.#file === undefined) return;
    const { path } = ctx.config;
    try {
      if (this.#writer === undefined) {
        ctx.log.warn('no sound arrived, the WAV file is empty', { path });
        cutOff(this.#file, 0);
      } else this.#writer.complete();
    } finally {
      closeSync(this.#file);
    }
    const clipped_samples = this.#clipped;
    const frames = this.#writer?.frames ?? 0;
    if (clipped_samples > 0) ctx.log.warn('samples were clipped', { path, clipped_samples });
    ctx.log.info('WAV file written', { path, frames, clipped_samples });
  }

  #append(frame: AudioFrameView, ctx: RuntimeContext<typeof descriptor>): void {
    const { path, format } = ctx.config;
    const { channels, sampleRateHz } = frame;
    this.#writer ??= new WavFileWriter(this.#file as number, {
      sampleFormat: format,
      channels,
      sampleRateHz,
    });
    refuseChange(path, 'sample rate', this.#writer.format.sampleRateHz, sampleRateHz);
    refuseChange(path, 'number of channels', this.#writer.format.channels, channels);
    const clipped = this.#writer.append(frame);
    if (clipped > 0 && this.#clipped === 0)
      ctx.log.warn('the sound is too loud for the format and is clipped', { path });
    this.#clipped += clipped;
  }
}

function refuseChange(path: string, what: string, before: number, now: number): void {
  if (before === now) return;
  throw new StreamlibError(
    'PROCESS_FAILED',
    `the ${what} of ${path} is ${before} and cannot change, was ${now}`,
  );
}
