import { SAMPLE_BYTES, type SampleFormat } from './wav-format.ts';

/**
 * One channel in a block of interleaved samples: the first sample lies at `offset`, each next one `stride` bytes on.
 * Full scale of an integer format is -1 to 1; 32-bit integers keep the 24 bits that a float has.
 */
export interface ChannelPlace {
  readonly bytes: DataView;
  readonly offset: number;
  readonly stride: number;
}

type Decode = (bytes: DataView, at: number) => number;
type Encode = (bytes: DataView, at: number, value: number) => void;

const DECODE: Readonly<Record<SampleFormat, Decode>> = {
  pcm16: (bytes, at) => bytes.getInt16(at, true) / 0x8000,
  pcm24: (bytes, at) => (bytes.getUint16(at, true) + bytes.getInt8(at + 2) * 0x10000) / 0x800000,
  pcm32: (bytes, at) => bytes.getInt32(at, true) / 0x80000000,
  float32: (bytes, at) => bytes.getFloat32(at, true),
};

const ENCODE: Readonly<Record<SampleFormat, Encode>> = {
  pcm16: (bytes, at, value) => bytes.setInt16(at, quantize(value, 0x8000), true),
  pcm24(bytes, at, value) {
    const whole = quantize(value, 0x800000);
    bytes.setUint16(at, whole & 0xffff, true);
    bytes.setInt8(at + 2, whole >> 16);
  },
  pcm32: (bytes, at, value) => bytes.setInt32(at, quantize(value, 0x80000000), true),
  float32: (bytes, at, value) => bytes.setFloat32(at, value, true),
};

function quantize(value: number, fullScale: number): number {
  const whole = Math.round(value * fullScale);
  return whole >= fullScale ? fullScale - 1 : whole < -fullScale ? -fullScale : whole || 0;
}

/** Fills `samples` with one channel of a block. */
export function decodeChannel(
  format: SampleFormat,
  { bytes, offset, stride }: ChannelPlace,
  samples: Float32Array,
): void {
  const decode = DECODE[format];
  for (let i = 0, at = offset; i < samples.length; i++, at += stride) samples[i] = decode(bytes, at);
}

/**
 * Writes one channel into a block. An integer format holds -1 to 1: what lies outside is set to the nearest value
 * that it holds, what is no number to 0, and the answer is how many those were.
 */
export function encodeChannel(
  format: SampleFormat,
  { bytes, offset, stride }: ChannelPlace,
  samples: Float32Array,
): number {
  const encode = ENCODE[format];
  let outside = 0;
  for (let i = 0, at = offset; i < samples.length; i++, at += stride) {
    const value = samples[i] as number;
    if (!(value >= -1 && value <= 1)) outside++;
    encode(bytes, at, value);
  }
  return format === 'float32' ? 0 : outside;
}

/** Where a channel lies in interleaved samples. */
export function placeOf(
  format: SampleFormat,
  bytes: DataView,
  channel: number,
  channels: number,
): ChannelPlace {
  return { bytes, offset: SAMPLE_BYTES[format] * channel, stride: SAMPLE_BYTES[format] * channels };
}
