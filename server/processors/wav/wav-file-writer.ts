import { fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { encodeWavHeader } from './encode-wav-header.ts';
import { fillFrom } from './fill-from.ts';
import { readWavHeader } from './read-wav-header.ts';
import { encodeChannel, placeOf } from './sample-codec.ts';
import { blockBytes, type WavFormat } from './wav-format.ts';

/** Samples to append: planar, as audio frames hold them. */
export interface PlanarSamples {
  readonly samples: number;
  channel(index: number): Float32Array;
}

/**
 * Writes a WAV file in place. The file is complete and can be played after each `complete()`, whatever happens
 * later.
 */
export class WavFileWriter {
  readonly format: WavFormat;
  readonly #file: number;
  readonly #headerBytes: number;
  #block = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));
  #dataBytes = 0;

  /**
   * Writes to an open file, which its owner closes, behind `frames` samples per channel that it has of the same format;
   * what is behind them is lost. Throws the system's error.
   */
  constructor(file: number, format: WavFormat, frames = 0) {
    this.#file = file;
    this.format = format;
    this.#headerBytes = encodeWavHeader(format, 0).length;
    this.#dataBytes = frames * blockBytes(format);
    cutOff(file, this.#headerBytes + this.#dataBytes);
    this.complete();
  }

  /** Samples per channel in the file. */
  get frames(): number {
    return this.#dataBytes / blockBytes(this.format);
  }

  /** Appends samples of every channel and answers how many of them the format had to clip. */
  append(source: PlanarSamples): number {
    const { sampleFormat, channels } = this.format;
    const length = source.samples * blockBytes(this.format);
    if (this.#block.length < length) {
      this.#block = Buffer.alloc(length);
      this.#view = new DataView(this.#block.buffer, this.#block.byteOffset, length);
    }
    let clipped = 0;
    for (let c = 0; c < channels; c++) {
      clipped += encodeChannel(
        sampleFormat,
        placeOf(sampleFormat, this.#view, c, channels),
        source.channel(c),
      );
    }
    this.#write(this.#block.subarray(0, length), this.#headerBytes + this.#dataBytes);
    this.#dataBytes += length;
    return clipped;
  }

  /** Brings the header up to date with what was appended. */
  complete(): void {
    // A chunk of odd length is followed by one byte that does not count.
    if (this.#dataBytes % 2 === 1) this.#write(Buffer.alloc(1), this.#headerBytes + this.#dataBytes);
    this.#write(encodeWavHeader(this.format, this.#dataBytes), 0);
  }

  #write(bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, position + done);
    }
  }
}

/**
 * How many samples per channel a file has that a WavFileWriter of this format has left; 0 if it is no such file. A
 * file that is written at the moment has as many as at its last `complete()`.
 */
export function framesWritten(file: number, format: WavFormat): number {
  const readAt = (position: number, length: number) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, fillFrom(file, bytes, position));
  };
  try {
    const header = readWavHeader(readAt, fstatSync(file).size);
    const isSame =
      header.dataStart === encodeWavHeader(format, 0).length && isDeepStrictEqual(header.format, format);
    return isSame ? header.dataBytes / blockBytes(format) : 0;
  } catch {
    return 0;
  }
}

/** Removes what a file has behind its first bytes; a device has nothing to remove. */
export function cutOff(file: number, bytes: number): void {
  if (fstatSync(file).isFile()) ftruncateSync(file, bytes);
}
