import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeChannel, encodeChannel, placeOf } from '../../../server/processors/wav/sample-codec.ts';
import { SAMPLE_BYTES, type SampleFormat } from '../../../server/processors/wav/wav-format.ts';

function encode(format: SampleFormat, values: number[]): { bytes: Buffer; clipped: number } {
  const bytes = Buffer.alloc(values.length * SAMPLE_BYTES[format]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const clipped = encodeChannel(format, placeOf(format, view, 0, 1), Float32Array.from(values));
  return { bytes, clipped };
}

function decode(format: SampleFormat, bytes: Buffer): number[] {
  const samples = new Float32Array(bytes.length / SAMPLE_BYTES[format]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  decodeChannel(format, placeOf(format, view, 0, 1), samples);
  return Array.from(samples);
}

describe('WAV samples', () => {
  for (const { format, values, hex } of [
    {
      format: 'pcm16',
      values: [0, 0.5, -0.5, -1, 1 / 32768, -1 / 32768],
      hex: '0000 0040 00c0 0080 0100 ffff',
    },
    {
      format: 'pcm24',
      values: [0, 0.5, -1, 1 / 8388608, -1 / 8388608],
      hex: '000000 000040 000080 010000 ffffff',
    },
    {
      format: 'pcm32',
      values: [0, 0.5, -1, 1 / 2147483648, -1 / 2147483648],
      hex: '00000000 00000040 00000080 01000000 ffffffff',
    },
    { format: 'float32', values: [0, 1, -2.5], hex: '00000000 0000803f 000020c0' },
  ] as const) {
    it(`${format} holds little-endian values of full scale 1`, () => {
      const { bytes } = encode(format, [...values]);
      assert.equal(bytes.toString('hex'), hex.replaceAll(' ', ''));
      assert.deepEqual(decode(format, bytes), [...values]);
    });
  }

  for (const { format, most, least } of [
    { format: 'pcm16', most: 0x7fff / 0x8000, least: -1 },
    { format: 'pcm24', most: 0x7fffff / 0x800000, least: -1 },
    // The greatest 32-bit value has more digits than a float, which makes it 1.
    { format: 'pcm32', most: 1, least: -1 },
  ] as const) {
    it(`${format} clips what it cannot hold and says how much that was`, () => {
      const { bytes, clipped } = encode(format, [1.001, -1.001, Infinity, -Infinity, NaN, 1, -1, 0]);
      assert.equal(clipped, 5);
      assert.deepEqual(decode(format, bytes), [most, least, most, least, 0, most, least, 0]);
    });
  }

  it('float32 clips nothing', () => {
    const { bytes, clipped } = encode('float32', [3, -1e20, Infinity]);
    assert.equal(clipped, 0);
    assert.deepEqual(decode('float32', bytes), [3, Math.fround(-1e20), Infinity]);
  });

  for (const { format, range, exact } of [
    { format: 'pcm16', range: 0x8000, exact: true },
    { format: 'pcm24', range: 0x800000, exact: true },
    { format: 'pcm32', range: 0x80000000, exact: false },
  ] as const) {
    it(`${format} survives decoding and encoding${exact ? ' to the bit' : ' within the 24 bits of a float'}`, () => {
      const integers = fc.array(fc.integer({ min: -range, max: range - 1 }), { minLength: 1, maxLength: 64 });
      fc.assert(
        fc.property(integers, (values) => {
          const again = decode(
            format,
            encode(
              format,
              values.map((value) => value / range),
            ).bytes,
          );
          const tolerance = exact ? 0 : 2 ** -24;
          again.forEach((value, i) => {
            assert.ok(Math.abs(value - (values[i] as number) / range) <= tolerance);
          });
        }),
      );
    });
  }

  it('finds each channel in interleaved samples', () => {
    const bytes = Buffer.from('010002000300040005000600', 'hex');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const channels = [0, 1, 2].map((channel) => {
      const samples = new Float32Array(2);
      decodeChannel('pcm16', placeOf('pcm16', view, channel, 3), samples);
      return Array.from(samples, (value) => value * 32768);
    });
    assert.deepEqual(channels, [
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });
});
