import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { StreamlibError } from '../runtime/errors.ts';
import { AudioFrame, type AudioFrameView } from '../runtime/frame/audio-frame.ts';
import type { Processor, ProcessorDescriptor, ProcessorIo, RuntimeContext } from '../runtime/processor.ts';
import { fileError } from './file-error.ts';
import { WavFileWriter } from './wav/wav-file-writer.ts';

const descriptor = {
  name: 'WavFileSink',
  version: 1,
  description:
    'Records sound to a WAV file, which can be played at any time, also after a crash. Sample rate and channels are those of the first frame. Beyond 4 GiB the file becomes an RF64.',
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
          'The file, relative to the working directory of the server. Missing folders are made; an existing file is replaced.',
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
      this.#file = openSync(path, 'w');
    } catch (cause) {
      throw fileError('write the WAV file', path, cause);
    }
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
    if (this.#writer === undefined) ctx.log.warn('no sound arrived, the WAV file is empty', { path });
    try {
      this.#writer?.complete();
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
