import {
  blockBytes,
  GUID_TAIL,
  type SampleFormat,
  TAG_EXTENSIBLE,
  TAG_FLOAT,
  TAG_PCM,
  type WavFormat,
} from './wav-format.ts';

/** Where the samples of a WAV file are and what they are. */
export interface WavHeader {
  readonly format: WavFormat;
  readonly dataStart: number;
  /** Whole blocks only, and never more than the file has. */
  readonly dataBytes: number;
}

/** Reads `length` bytes at `position`, or fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Buffer;

const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;
/** A longer format chunk is read only this far: the extensible form has 40 bytes. */
const FORMAT_BYTES = 40;
/** Stands for "longer than 32 bits" in RF64 and for "not known yet" in what some programs write to a pipe. */
const UNKNOWN_SIZE = 0xffffffff;

/**
 * Finds the samples of a RIFF/WAVE file ("Multimedia Programming Interface and Data Specifications 1.0") or of its
 * 64-bit form RF64 (EBU Tech 3306). A file that was cut off, or whose header was never completed, is read as far
 * as it goes. Throws an error that says what is wrong with anything else.
 */
export function readWavHeader(readAt: ReadAt, fileBytes: number): WavHeader {
  const riff = readAt(0, RIFF_HEADER_BYTES);
  const kind = riff.toString('latin1', 0, 4);
  if (
    riff.length < RIFF_HEADER_BYTES ||
    !['RIFF', 'RF64'].includes(kind) ||
    riff.toString('latin1', 8, 12) !== 'WAVE'
  ) {
    throw new Error(
      `it must begin with RIFF or RF64 and WAVE, began with ${JSON.stringify(riff.toString('latin1'))}`,
    );
  }
  let format: WavFormat | undefined;
  let largeDataBytes: number | undefined;
  for (let at = RIFF_HEADER_BYTES; ; ) {
    const head = readAt(at, CHUNK_HEADER_BYTES);
    if (head.length < CHUNK_HEADER_BYTES) throw new Error('it has no data chunk');
    const id = head.toString('latin1', 0, 4);
    const size = head.readUInt32LE(4);
    const start = at + CHUNK_HEADER_BYTES;
    if (id === 'data') {
      if (format === undefined) throw new Error('it has no fmt chunk before its data chunk');
      return {
        format,
        dataStart: start,
        dataBytes: dataLength(format, size, largeDataBytes, fileBytes - start),
      };
    }
    if (id === 'fmt ') format = parseFormat(readAt(start, Math.min(size, FORMAT_BYTES)));
    if (id === 'ds64') largeDataBytes = Number(readAt(start, 24).readBigUInt64LE(8));
    at = start + size + (size % 2);
  }
}

function dataLength(format: WavFormat, size: number, largeSize: number | undefined, present: number): number {
  const unfinished = size === 0 || size === UNKNOWN_SIZE;
  const declared = unfinished ? (largeSize ?? present) : size;
  const bytes = Math.min(declared, present);
  return bytes - (bytes % blockBytes(format));
}

function parseFormat(chunk: Buffer): WavFormat {
  if (chunk.length < 16) throw new Error(`its fmt chunk must have at least 16 bytes, had ${chunk.length}`);
  const channels = chunk.readUInt16LE(2);
  const sampleRateHz = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  if (channels < 1 || channels > 255) throw new Error(`it must have 1 to 255 channels, had ${channels}`);
  if (sampleRateHz < 1 || sampleRateHz > 10_000_000) {
    throw new Error(`its sample rate must be 1 to 10000000 Hz, was ${sampleRateHz}`);
  }
  const format = { sampleFormat: sampleFormatOf(formatTag(chunk), bits), channels, sampleRateHz };
  const align = chunk.readUInt16LE(12);
  if (align !== blockBytes(format))
    throw new Error(`its block align must be ${blockBytes(format)}, was ${align}`);
  return format;
}

function formatTag(chunk: Buffer): number {
  const tag = chunk.readUInt16LE(0);
  if (tag !== TAG_EXTENSIBLE) return tag;
  if (chunk.length < FORMAT_BYTES)
    throw new Error(`its extensible fmt chunk must have 40 bytes, had ${chunk.length}`);
  if (!chunk.subarray(26, 40).equals(GUID_TAIL)) {
    throw new Error(`its sub-format ${chunk.toString('hex', 24, 40)} is none of PCM and float`);
  }
  return chunk.readUInt16LE(24);
}

function sampleFormatOf(tag: number, bits: number): SampleFormat {
  if (tag === TAG_PCM && (bits === 16 || bits === 24 || bits === 32)) return `pcm${bits}`;
  if (tag === TAG_FLOAT && bits === 32) return 'float32';
  throw new Error(
    `it must be PCM of 16, 24 or 32 bits or float of 32, was format tag ${tag} with ${bits} bits`,
  );
}
