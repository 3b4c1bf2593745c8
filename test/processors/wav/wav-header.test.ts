import assert from 'node:assert/strict';
import { encodeWavHeader } from '../../../server/processors/wav/encode-wav-header.ts';
import { readWavHeader, type WavHeader } from '../../../server/processors/wav/read-wav-header.ts';
import type { SampleFormat } from '../../../server/processors/wav/wav-format.ts';

const FORMATS: SampleFormat[] = ['pcm16', 'pcm24', 'pcm32', 'float32'];

function parse(bytes: Buffer, fileBytes = bytes.length): WavHeader {
  return readWavHeader((position, length) => bytes.subarray(position, position + length), fileBytes);
}

function u16(...values: number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value & 255, value >> 8])));
}

function chunk(id: string, content: Buffer, size = content.length): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(size);
  return Buffer.concat([Buffer.from(id), length, content, Buffer.alloc(content.length % 2)]);
}

function riff(...chunks: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE', 'latin1'), ...chunks]);
}

/** 16-bit stereo at 8 kHz unless told. */
function formatChunk({
  tag = 1,
  channels = 2,
  rate = 8000,
  align = 4,
  bits = 16,
  extra = Buffer.alloc(0),
} = {}): Buffer {
  return chunk('fmt ', Buffer.concat([u16(tag, channels, rate, 0, 0, 0, align, bits), extra]));
}

describe('WAV header', () => {
  for (const sampleFormat of FORMATS) {
    for (const channels of [1, 2, 3, 6, 8, 255]) {
      it(`${sampleFormat} with ${channels} channels is read as it was written`, () => {
        const format = { sampleFormat, channels, sampleRateHz: 44_100 };
        const header = encodeWavHeader(format, 0);
        const dataBytes = channels * 4 * 6;
        const whole = encodeWavHeader(format, dataBytes);
        assert.equal(whole.length, header.length);
        assert.deepEqual(parse(whole, whole.length + dataBytes), {
          format,
          dataStart: whole.length,
          dataBytes,
        });
      });
    }
  }

  for (const dataBytes of [2 ** 32 - 200, 2 ** 32 - 60, 2 ** 32, 5 * 2 ** 32 + 4]) {
    it(`tells the length of a file of ${dataBytes} bytes`, () => {
      const format = { sampleFormat: 'pcm16', channels: 2, sampleRateHz: 48_000 } as const;
      const header = encodeWavHeader(format, dataBytes);
      assert.equal(header.toString('latin1', 0, 4), dataBytes > 2 ** 32 - 100 ? 'RF64' : 'RIFF');
      assert.equal(parse(header, header.length + dataBytes).dataBytes, dataBytes);
    });
  }

  const format = { sampleFormat: 'pcm16', channels: 2, sampleRateHz: 8000 };
  for (const { name, file, want } of [
    {
      name: 'chunks of odd length are followed by a byte that does not count',
      file: riff(chunk('LIST', Buffer.alloc(5)), formatChunk(), chunk('data', Buffer.alloc(8))),
      want: 8,
    },
    {
      name: 'a file that was cut off counts as far as it goes',
      file: riff(formatChunk(), chunk('data', Buffer.alloc(8), 400)),
      want: 8,
    },
    {
      name: 'a header that was never completed counts to the end',
      file: riff(formatChunk(), chunk('data', Buffer.alloc(8), 0)),
      want: 8,
    },
    {
      name: 'a header that was written to a pipe counts to the end',
      file: riff(formatChunk(), chunk('data', Buffer.alloc(8), 0xffffffff)),
      want: 8,
    },
    {
      name: 'half a block at the end does not count',
      file: riff(formatChunk(), chunk('data', Buffer.alloc(10))),
      want: 8,
    },
    {
      name: 'what follows the samples does not count',
      file: riff(formatChunk(), chunk('data', Buffer.alloc(4)), chunk('LIST', Buffer.alloc(64))),
      want: 4,
    },
  ]) {
    it(name, () => {
      const header = parse(file);
      assert.deepEqual(header.format, format);
      assert.equal(header.dataBytes, want);
    });
  }

  const samples = chunk('data', Buffer.alloc(8));
  for (const { name, file, want } of [
    { name: 'nothing', file: Buffer.alloc(0), want: /must begin with RIFF or RF64 and WAVE, began with ""/ },
    { name: 'another kind of file', file: Buffer.from('OggS and so on, for long'), want: /began with "OggS/ },
    { name: 'no samples', file: riff(formatChunk()), want: /no data chunk/ },
    { name: 'no format', file: riff(samples), want: /no fmt chunk before its data chunk/ },
    {
      name: 'a short format',
      file: riff(chunk('fmt ', Buffer.alloc(14)), samples),
      want: /at least 16 bytes, had 14/,
    },
    {
      name: 'no channels',
      file: riff(formatChunk({ channels: 0 }), samples),
      want: /1 to 255 channels, had 0/,
    },
    {
      name: 'no sample rate',
      file: riff(formatChunk({ rate: 0 }), samples),
      want: /sample rate must be .* was 0/,
    },
    {
      name: '8-bit samples',
      file: riff(formatChunk({ bits: 8, align: 2 }), samples),
      want: /was format tag 1 with 8 bits/,
    },
    {
      name: 'a compressed format',
      file: riff(formatChunk({ tag: 17, bits: 4 }), samples),
      want: /format tag 17 with 4 bits/,
    },
    {
      name: 'a wrong block align',
      file: riff(formatChunk({ align: 3 }), samples),
      want: /block align must be 4, was 3/,
    },
    {
      name: 'a short extensible format',
      file: riff(formatChunk({ tag: 0xfffe }), samples),
      want: /must have 40 bytes, had 16/,
    },
    {
      name: 'an unknown sub-format',
      file: riff(formatChunk({ tag: 0xfffe, extra: Buffer.alloc(24, 9) }), samples),
      want: /sub-format 0909.* is none of PCM and float/,
    },
  ]) {
    it(`refuses ${name}`, () => assert.throws(() => parse(file), want));
  }
});
