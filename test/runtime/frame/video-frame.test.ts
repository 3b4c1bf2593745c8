import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameToJson, frameTypeNamed } from '../../../server/runtime/frame/frame-types.ts';
import { type PixelFormat, VideoFrame } from '../../../server/runtime/frame/video-frame.ts';
import { createTestPool } from '../../support/test-pool.ts';

/** The bytes before each frame in its slot. */
const SLOT_PREFIX_BYTES = 16;

const FORMATS = ['rgba8', 'bgra8', 'nv12', 'i420'] as const;
const shapes = fc.record({
  format: fc.constantFrom<PixelFormat>(...FORMATS),
  width: fc.integer({ min: 1, max: 70 }),
  height: fc.integer({ min: 1, max: 20 }),
  rowAlignmentBytes: fc.constantFrom(1, 2, 4, 16, 64, 256),
});

describe('a video frame', () => {
  const pool = createTestPool();

  for (const { name, format, width, height, alignment = 1, planes, byteLength } of [
    { name: 'RGBA', format: 'rgba8', width: 3, height: 2, planes: [[12, 12, 2, 48]], byteLength: 48 + 24 },
    { name: 'BGRA', format: 'bgra8', width: 1, height: 1, planes: [[4, 4, 1, 48]], byteLength: 48 + 4 },
    {
      name: 'RGBA with aligned rows',
      format: 'rgba8',
      width: 3,
      height: 2,
      alignment: 64,
      planes: [[64, 12, 2, 48]],
      byteLength: 48 + 128,
    },
    {
      name: 'NV12',
      format: 'nv12',
      width: 1920,
      height: 1080,
      planes: [
        [1920, 1920, 1080, 48],
        [1920, 1920, 540, 48 + 1920 * 1080],
      ],
      byteLength: 48 + (1920 * 1080 * 3) / 2,
    },
    {
      name: 'NV12 of odd size',
      format: 'nv12',
      width: 5,
      height: 3,
      planes: [
        [5, 5, 3, 48],
        [6, 6, 2, 48 + 64],
      ],
      byteLength: 48 + 64 + 12,
    },
    {
      name: 'I420 of odd size',
      format: 'i420',
      width: 5,
      height: 3,
      planes: [
        [5, 5, 3, 48],
        [3, 3, 2, 48 + 64],
        [3, 3, 2, 48 + 128],
      ],
      byteLength: 48 + 128 + 6,
    },
    {
      name: 'I420 of one pixel with aligned rows',
      format: 'i420',
      width: 1,
      height: 1,
      alignment: 32,
      planes: [
        [32, 1, 1, 48],
        [32, 1, 1, 48 + 64],
        [32, 1, 1, 48 + 128],
      ],
      byteLength: 48 + 128 + 32,
    },
  ] as const) {
    it(`lays out ${name}`, () => {
      using frame = pool.acquire(VideoFrame, { format, width, height, rowAlignmentBytes: alignment });
      assert.deepEqual(
        frame.planes.map((plane) => [
          plane.strideBytes,
          plane.rowBytes,
          plane.rows,
          plane.data.byteOffset - frame.slot.u8.byteOffset,
        ]),
        planes,
      );
      assert.equal(frame.byteLength, byteLength);
      assert.deepEqual(
        [frame.format, frame.width, frame.height, frame.rowAlignmentBytes],
        [format, width, height, alignment],
      );
    });
  }

  it('begins each plane at a multiple of 64 bytes of its slot, behind the one before', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        using frame = pool.acquire(VideoFrame, shape);
        let end: number = VideoFrame.headerBytes;
        for (const { data, strideBytes, rowBytes, rows } of frame.planes) {
          const start = data.byteOffset - frame.slot.u8.byteOffset;
          assert.equal((SLOT_PREFIX_BYTES + start) % 64, 0);
          assert.ok(start >= end && start < end + 64, `from ${start}, after ${end}`);
          assert.equal(strideBytes % shape.rowAlignmentBytes, 0);
          assert.ok(rowBytes <= strideBytes && strideBytes < rowBytes + shape.rowAlignmentBytes);
          assert.equal(data.length, strideBytes * rows);
          end = start + data.length;
        }
        assert.equal(end, frame.byteLength);
      }),
    );
  });

  it('holds times and colour, which begin as the format suggests', () => {
    using rgb = pool.acquire(VideoFrame, { format: 'rgba8', width: 2, height: 2 });
    using yuv = pool.acquire(VideoFrame, { format: 'nv12', width: 2, height: 2 });
    const colorOf = ({ colorPrimaries, colorTransfer, colorMatrix, fullRange }: typeof rgb) => [
      colorPrimaries,
      colorTransfer,
      colorMatrix,
      fullRange,
    ];
    assert.deepEqual(colorOf(rgb), [2, 2, 0, true]);
    assert.deepEqual(colorOf(yuv), [2, 2, 2, false]);
    Object.assign(yuv, { colorPrimaries: 9, colorTransfer: 16, colorMatrix: 10, fullRange: true });
    Object.assign(yuv, { ptsUs: 33_366.5, durationUs: 33_366.75 });
    assert.deepEqual(colorOf(yuv), [9, 16, 10, true]);
    assert.deepEqual([yuv.ptsUs, yuv.durationUs], [33_366.5, 33_366.75]);
    assert.deepEqual([yuv.format, yuv.width, yuv.height], ['nv12', 2, 2]);
  });

  it('is described as JSON without its pixels', () => {
    using frame = pool.acquire(VideoFrame, { format: 'i420', width: 3, height: 1 });
    frame.ptsUs = 40_000;
    assert.deepEqual(frameToJson(frame), {
      format: 'i420',
      width: 3,
      height: 1,
      strides: [3, 2, 2],
      pts_us: 40_000,
      duration_us: 0,
      color_primaries: 2,
      color_transfer: 2,
      color_matrix: 2,
      full_range: false,
      byte_length: 48 + 128 + 2,
    });
  });

  it('makes frames like one that was read', () => {
    using frame = pool.acquire(VideoFrame, {
      format: 'nv12',
      width: 7,
      height: 5,
      rowAlignmentBytes: 32,
    });
    using like = pool.acquire(VideoFrame, frame);
    assert.equal(like.byteLength, frame.byteLength);
    assert.deepEqual(
      like.planes.map(({ strideBytes }) => strideBytes),
      [32, 32],
    );
  });

  it('gives the same planes for each frame of one shape in a slot, and others for another shape', () => {
    const own = createTestPool();
    const first = own.acquire(VideoFrame, { format: 'rgba8', width: 4, height: 4 });
    const { planes } = first;
    assert.equal(first.planes, planes);
    first.release();
    own.beginCall();
    const second = own.acquire(VideoFrame, { format: 'rgba8', width: 4, height: 4 });
    assert.deepEqual([second === first, second.planes === planes], [true, true]);
    second.release();
    own.beginCall();
    const third = own.acquire(VideoFrame, { format: 'bgra8', width: 4, height: 2 });
    assert.equal(third, first);
    assert.deepEqual([third.plane(0).rows, third.plane(0).data.length], [2, 32]);
  });

  it('is not touched after its release', () => {
    const frame = pool.acquire(VideoFrame, { format: 'rgba8', width: 1, height: 1 });
    assert.equal(frame.planes.length, 1);
    frame.release();
    assert.throws(() => frame.planes, /a VideoFrame was used after it was released/);
  });

  it('refuses a plane that its format has not, and names those it has', () => {
    using frame = pool.acquire(VideoFrame, { format: 'nv12', width: 1, height: 1 });
    assert.throws(() => frame.plane(2), {
      code: 'FIELD_INVALID',
      message: 'plane of nv12 must be 0 to 1, was 2',
    });
  });

  it('refuses a code point that is none', () => {
    using frame = pool.acquire(VideoFrame, { format: 'nv12', width: 1, height: 1 });
    assert.throws(() => Object.assign(frame, { colorMatrix: 256 }), {
      code: 'FIELD_INVALID',
      message: 'colorMatrix must be a whole number from 0 to 255, was 256',
    });
  });

  for (const { change, message } of [
    {
      change: { format: 'rgb24' },
      message: 'format of a VideoFrame must be rgba8, bgra8, nv12 or i420, was rgb24',
    },
    {
      change: { format: 'unspecified' },
      message: 'format of a VideoFrame must be rgba8, bgra8, nv12 or i420, was unspecified',
    },
    { change: { width: 0 }, message: 'width of a VideoFrame must be a whole number from 1 to 32768, was 0' },
    {
      change: { width: 1.5 },
      message: 'width of a VideoFrame must be a whole number from 1 to 32768, was 1.5',
    },
    {
      change: { height: 32_769 },
      message: 'height of a VideoFrame must be a whole number from 1 to 32768, was 32769',
    },
    {
      change: { height: Number.NaN },
      message: 'height of a VideoFrame must be a whole number from 1 to 32768, was NaN',
    },
    ...[0, 3, -4, 512, 1.5].map((rowAlignmentBytes) => ({
      change: { rowAlignmentBytes },
      message: `rowAlignmentBytes of a VideoFrame must be a power of two from 1 to 256, was ${rowAlignmentBytes}`,
    })),
  ]) {
    it(`refuses ${JSON.stringify(change)}, naming field and value`, () => {
      const shape = { format: 'rgba8', width: 2, height: 2, ...change } as never;
      const path = Object.keys(change)[0];
      assert.throws(() => pool.acquire(VideoFrame, shape), { code: 'FIELD_INVALID', path, message });
    });
  }

  it('is found by its name', () => {
    assert.equal(frameTypeNamed('VideoFrame'), VideoFrame);
  });
});
