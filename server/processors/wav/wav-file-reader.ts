import { closeSync, fstatSync, openSync } from 'node:fs';
import { fillFrom } from './fill-from.ts';
import { readWavHeader, type WavHeader } from './read-wav-header.ts';
import { decodeChannel, placeOf } from './sample-codec.ts';
import { blockBytes, type WavFormat } from './wav-format.ts';

/** Reads a WAV file block by block, whatever its size. Close it after use. */
export class WavFileReader {
  readonly #file: number;
  readonly #header: WavHeader;
  #block = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));
  #at = 0;

  /** Throws the system's error, or one that says why this is not a WAV file that can be read. */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    try {
      const stat = fstatSync(this.#file);
      if (!stat.isFile()) throw new Error('it is not a file');
      this.#header = readWavHeader((position, length) => this.#readAt(position, length), stat.size);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  get format(): WavFormat {
    return this.#header.format;
  }

  /** Samples per channel in the whole file. */
  get totalFrames(): number {
    return this.#header.dataBytes / blockBytes(this.format);
  }

  /** Samples per channel that are left to read. */
  get remainingFrames(): number {
    return (this.#header.dataBytes - this.#at) / blockBytes(this.format);
  }

  /** Reads at most `maxFrames` samples per channel and answers how many there were; 0 at the end. */
  next(maxFrames: number): number {
    const perFrame = blockBytes(this.format);
    const wanted = Math.min(maxFrames, this.remainingFrames) * perFrame;
    if (this.#block.length < wanted) {
      this.#block = Buffer.alloc(wanted);
      this.#view = new DataView(this.#block.buffer, this.#block.byteOffset, wanted);
    }
    const got = fillFrom(this.#file, this.#block.subarray(0, wanted), this.#header.dataStart + this.#at);
    const frames = Math.floor(got / perFrame);
    // A file that became shorter while it is read ends here.
    this.#at = frames * perFrame < wanted ? this.#header.dataBytes : this.#at + wanted;
    return frames;
  }

  /** Fills `samples` with one channel of what `next` read. */
  channel(index: number, samples: Float32Array): void {
    const { sampleFormat, channels } = this.format;
    decodeChannel(sampleFormat, placeOf(sampleFormat, this.#view, index, channels), samples);
  }

  rewind(): void {
    this.#at = 0;
  }

  /** Goes to a sample, or to the end of a shorter file. */
  seek(frame: number): void {
    this.#at = Math.min(frame, this.totalFrames) * blockBytes(this.format);
  }

  close(): void {
    closeSync(this.#file);
  }

  #readAt(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, fillFrom(this.#file, bytes, position));
  }
}
