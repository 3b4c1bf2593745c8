import {
  blockBytes,
  GUID_TAIL,
  SAMPLE_BYTES,
  TAG_EXTENSIBLE,
  TAG_FLOAT,
  TAG_PCM,
  type WavFormat,
} from './wav-format.ts';

const LARGEST_32_BIT_SIZE = 0xffffffff;
const DS64_BYTES = 28;

/** The usual loudspeakers of so many channels; 0 leaves it open. Same source as the format tags. */
const SPEAKERS: Readonly<Record<number, number>> = { 1: 0x4, 2: 0x3, 4: 0x33, 6: 0x3f, 8: 0x63f };

/**
 * The header of a WAV file with `dataBytes` bytes of samples. Its length depends on the format only, so that it can
 * be written again in place. From 4 GiB on the file is an RF64 (EBU Tech 3306), for whose sizes a JUNK chunk keeps
 * room until then.
 */
export function encodeWavHeader(format: WavFormat, dataBytes: number): Buffer {
  const extensible = format.channels > 2 || ['pcm24', 'pcm32'].includes(format.sampleFormat);
  const formatChunk = chunk('fmt ', extensible ? extensibleFormat(format) : plainFormat(format));
  const samples = dataBytes / blockBytes(format);
  // Every format but plain PCM has a fact chunk.
  const fact = format.sampleFormat === 'float32' ? chunk('fact', u32(clamp(samples))) : Buffer.alloc(0);
  const headerBytes = 12 + 8 + DS64_BYTES + formatChunk.length + fact.length + 8;
  const riffBytes = headerBytes - 8 + dataBytes + (dataBytes % 2);
  const large = riffBytes >= LARGEST_32_BIT_SIZE;
  return Buffer.concat([
    Buffer.from(large ? 'RF64' : 'RIFF', 'latin1'),
    u32(clamp(riffBytes)),
    Buffer.from('WAVE', 'latin1'),
    large ? chunk('ds64', sizes64(riffBytes, dataBytes, samples)) : chunk('JUNK', Buffer.alloc(DS64_BYTES)),
    formatChunk,
    fact,
    Buffer.from('data', 'latin1'),
    u32(large ? LARGEST_32_BIT_SIZE : dataBytes),
  ]);
}

function clamp(size: number): number {
  return Math.min(size, LARGEST_32_BIT_SIZE);
}

function chunk(id: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(id, 'latin1'), u32(content.length), content]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function sizes64(riffBytes: number, dataBytes: number, samples: number): Buffer {
  const bytes = Buffer.alloc(DS64_BYTES);
  bytes.writeBigUInt64LE(BigInt(riffBytes), 0);
  bytes.writeBigUInt64LE(BigInt(dataBytes), 8);
  bytes.writeBigUInt64LE(BigInt(samples), 16);
  return bytes;
}

function plainFormat(format: WavFormat): Buffer {
  const isFloat = format.sampleFormat === 'float32';
  const bytes = Buffer.alloc(isFloat ? 18 : 16);
  bytes.writeUInt16LE(isFloat ? TAG_FLOAT : TAG_PCM, 0);
  bytes.writeUInt16LE(format.channels, 2);
  bytes.writeUInt32LE(format.sampleRateHz, 4);
  bytes.writeUInt32LE(format.sampleRateHz * blockBytes(format), 8);
  bytes.writeUInt16LE(blockBytes(format), 12);
  bytes.writeUInt16LE(SAMPLE_BYTES[format.sampleFormat] * 8, 14);
  return bytes;
}

function extensibleFormat(format: WavFormat): Buffer {
  const bytes = Buffer.alloc(40);
  plainFormat(format).copy(bytes, 0, 0, 16);
  const tag = bytes.readUInt16LE(0);
  bytes.writeUInt16LE(TAG_EXTENSIBLE, 0);
  bytes.writeUInt16LE(22, 16);
  bytes.writeUInt16LE(SAMPLE_BYTES[format.sampleFormat] * 8, 18);
  bytes.writeUInt32LE(SPEAKERS[format.channels] ?? 0, 20);
  bytes.writeUInt16LE(tag, 24);
  GUID_TAIL.copy(bytes, 26);
  return bytes;
}
