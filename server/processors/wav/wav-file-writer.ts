import { writeSync } from 'node:fs';
import { encodeWavHeader } from './encode-wav-header.ts';
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

  /** Begins an open, empty file, which its owner closes. Throws the system's error. */
  constructor(file: number, format: WavFormat) {
    this.#file = file;
    this.format = format;
    this.#headerBytes = encodeWavHeader(format, 0).length;
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
