import assert from 'node:assert/strict';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { FrameSchema } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import type { Frame, ProcessorDescriptor } from '../../../server/processor.ts';
import { AudioFrame } from '../../../server/runtime/frame/audio-frame.ts';
import { DataFrame } from '../../../server/runtime/frame/data-frame.ts';
import { decodeFrame, encodeFrame, frameToProto } from '../../../server/runtime/frame/frame-message.ts';
import { frameToJson, frameTypeOf, registerFrameTypes } from '../../../server/runtime/frame/frame-types.ts';
import { MarketData } from '../../../server/runtime/frame/market-data.ts';
import { opaqueFrameType } from '../../../server/runtime/frame/opaque-frame.ts';
import { referenceOf } from '../../../server/runtime/frame/slot-reference.ts';
import { VideoFrame, type VideoFrameView } from '../../../server/runtime/frame/video-frame.ts';
import { Sweep } from '../../support/radar-frame.ts';
import { createTestPool } from '../../support/test-pool.ts';

const pool = createTestPool();

const monotonicNs = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const wholeTime = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });
const count = fc.integer({ min: 0, max: 2 ** 53 - 1 });
const name = fc.string({ unit: 'binary', maxLength: 12 });
const byteSeed = fc.integer({ min: 1, max: 255 });

const dataFrames = fc
  .record({
    channels: fc.uniqueArray(fc.tuple(name, fc.array(fc.double(), { maxLength: 5 })), {
      maxLength: 4,
      selector: ([channel]) => channel,
    }),
    metadata: fc.uniqueArray(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 20 })), {
      maxLength: 3,
      selector: ([key]) => key,
    }),
    fields: fc.record({ timestampUs: wholeTime, sequenceId: count, monotonicNs }),
  })
  .map(({ channels, metadata, fields }) => () => {
    const lengths = channels.map(([channel, values]) => [channel, values.length] as const);
    const frame = pool.acquire(DataFrame, {
      channels: Object.fromEntries(lengths),
      metadata: Object.fromEntries(metadata),
    });
    for (const [channel, values] of channels) frame.channel(channel).set(values);
    return Object.assign(frame, fields);
  });

const audioFrames = fc
  .record({
    planes: fc.integer({ min: 0, max: 6 }).chain((samples) =>
      fc.array(fc.float32Array({ minLength: samples, maxLength: samples }), {
        minLength: 1,
        maxLength: 4,
      }),
    ),
    sampleRateHz: fc.integer({ min: 1, max: 384_000 }),
    fields: fc.record({ samplePosition: count, monotonicNs }),
  })
  .map(({ planes, sampleRateHz, fields }) => () => {
    const channels = planes.length;
    const samples = planes[0]?.length ?? 0;
    const frame = pool.acquire(AudioFrame.of(channels), { channels, samples, sampleRateHz });
    planes.forEach((plane, i) => {
      frame.channel(i).set(plane);
    });
    return Object.assign(frame, fields);
  });

const codePoint = fc.integer({ min: 0, max: 255 });
const videoFrames = fc
  .record({
    shape: fc.record({
      format: fc.constantFrom('rgba8' as const, 'bgra8' as const, 'nv12' as const, 'i420' as const),
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      rowAlignmentBytes: fc.constantFrom(1, 8, 64),
    }),
    seed: byteSeed,
    fields: fc.record({
      ptsUs: wholeTime,
      durationUs: count,
      monotonicNs,
      colorPrimaries: codePoint,
      colorTransfer: codePoint,
      colorMatrix: codePoint,
      fullRange: fc.boolean(),
    }),
  })
  .map(({ shape, seed, fields }) => () => {
    const frame = pool.acquire(VideoFrame, shape);
    for (const { data } of frame.planes) for (let i = 0; i < data.length; i++) data[i] = i * seed;
    return Object.assign(frame, fields);
  });

const optionalNumber = fc.option(fc.double(), { nil: undefined });
const marketFrames = fc
  .record({
    symbol: name,
    fields: fc.record({
      timestampMs: wholeTime,
      price: fc.double(),
      size: fc.double(),
      bid: optionalNumber,
      ask: optionalNumber,
      open: optionalNumber,
      high: optionalNumber,
      low: optionalNumber,
      close: optionalNumber,
      volume: optionalNumber,
      monotonicNs,
    }),
  })
  .map(
    ({ symbol, fields }) =>
      () =>
        Object.assign(pool.acquire(MarketData, { symbol }), fields),
  );

const sweeps = fc
  .record({ distances: fc.array(fc.integer({ min: 0, max: 65_536 }), { maxLength: 5 }), monotonicNs })
  .map(({ distances, monotonicNs: ns }) => () => {
    const frame = pool.acquire(Sweep, { bearings: distances.length });
    frame.distances.set(distances);
    return Object.assign(frame, { monotonicNs: ns });
  });

/** The rows of all planes, without what lies between them. */
const pixelsOf = (frame: VideoFrameView): number[][] =>
  frame.planes.flatMap(({ data, strideBytes, rowBytes, rows }) =>
    Array.from({ length: rows }, (_, row) => [
      ...data.subarray(row * strideBytes, row * strideBytes + rowBytes),
    ]),
  );

/** Everything that a frame says, as far as its type has a portable form for it. */
function contentOf(frame: Frame): unknown {
  const { strides, byte_length, ...json } = frameToJson(frame) as Record<string, unknown>;
  const pixels = 'planes' in frame ? pixelsOf(frame as VideoFrameView) : [];
  return { type: frameTypeOf(frame).name, monotonicNs: frame.monotonicNs, json, pixels };
}

function registerSweep(): void {
  const data = { frame: Sweep, description: 'for tests' } satisfies ProcessorDescriptor['outputs'][string];
  registerFrameTypes({ name: 'acme.Radar', inputs: {}, outputs: { data } });
}

for (const [type, frames] of Object.entries({
  DataFrame: dataFrames,
  AudioFrame: audioFrames,
  VideoFrame: videoFrames,
  MarketData: marketFrames,
  'a registered type': sweeps,
}) as [string, fc.Arbitrary<() => Frame>][]) {
  describe(`the portable form of ${type}`, () => {
    before(registerSweep);

    it('gives an equal frame', () => {
      fc.assert(
        fc.property(frames, (make) => {
          using frame = make();
          using back = decodeFrame(encodeFrame(frame), pool);
          assert.deepEqual(contentOf(back), contentOf(frame));
        }),
      );
    });

    it("is the schema's Frame message, as toProto gives it", () => {
      fc.assert(
        fc.property(frames, (make) => {
          using frame = make();
          const message = create(FrameSchema, frameToProto(frame));
          assert.deepEqual(fromBinary(FrameSchema, encodeFrame(frame)), message);
          using back = decodeFrame(toBinary(FrameSchema, message), pool);
          assert.deepEqual(contentOf(back), contentOf(frame));
        }),
      );
    });

    it('shares no memory with the frame', () => {
      fc.assert(
        fc.property(frames, (make) => {
          const frame = make();
          const [encoded, message] = [encodeFrame(frame), create(FrameSchema, frameToProto(frame))];
          frame.slot.u8.fill(0xff, 16, frame.byteLength);
          frame.release();
          assert.deepEqual(fromBinary(FrameSchema, encoded), message);
        }),
        { numRuns: 20 },
      );
    });

    it('is refused where it was damaged, or gives some frame; nothing stays acquired', () => {
      const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(frames, damage, fc.nat(), (make, changes, cut) => {
          const frame = make();
          const bytes = encodeFrame(frame).slice();
          frame.release();
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const inUse = pool.inUse;
          const codes = codesOf(() => decodeFrame(bytes, pool).release());
          codes.push(...codesOf(() => decodeFrame(bytes.subarray(0, cut % bytes.length), pool).release()));
          for (const code of codes) assert.match(code, /^(FIELD_INVALID|QUOTA)$/);
          assert.equal(pool.inUse, inUse);
        }),
      );
    });
  });
}

/** The code of the error that a call ends with, if it does. */
function codesOf(call: () => void): string[] {
  try {
    call();
    return [];
  } catch (error) {
    return [(error as { code?: string }).code ?? (error as Error).name];
  }
}

describe('frames of any type, encoded', () => {
  it('pass over fields of a newer schema', () => {
    using frame = pool.acquire(MarketData, { symbol: 'BTCUSDT' });
    const inner = MarketData.encode(frame);
    // Fields 100 to 103: a number, 8 bytes, a text and 4 bytes.
    const newer = [0xa0, 0x06, 0x96, 0x01, 0xa9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xb2, 0x06, 2, 65, 66];
    const more = [0xbd, 0x06, 1, 2, 3, 4];
    using back = MarketData.decode(Uint8Array.from([...newer, ...inner, ...more]), (shape) =>
      pool.acquire(MarketData, shape),
    );
    assert.deepEqual(contentOf(back), contentOf(frame));
  });

  it('take lists however an encoder wrote them', () => {
    const value = [0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
    const channel = [0x09, ...value, 0x0a, 16, ...value, ...value];
    const entry = [0x0a, 1, 0x61, 0x12, channel.length, ...channel];
    using data = DataFrame.decode(Uint8Array.from([0x1a, entry.length, ...entry]), (shape) =>
      pool.acquire(DataFrame, shape),
    );
    assert.deepEqual([...data.channel('a')], [1, 1, 1]);
    const strides = [0x28, 8, 0x2a, 1, 4];
    const picture = [0x08, 3, 0x10, 3, 0x18, 2, 0x22, 11, ...new Array(11).fill(7), 0x22, 4, 5, 5, 5, 5];
    using video = VideoFrame.decode(Uint8Array.from([...strides, ...picture]), (shape) =>
      pool.acquire(VideoFrame, shape),
    );
    assert.deepEqual(pixelsOf(video), [
      [7, 7, 7],
      [7, 7, 7],
      [5, 5, 5, 5],
    ]);
  });

  it('take the nearest whole time, and none for one that is no number', () => {
    for (const [given, want] of [
      [1.5, 2],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 2 ** 63],
      [-(2 ** 70), -(2 ** 63)],
    ] as const) {
      using frame = pool.acquire(MarketData, { symbol: 'X' });
      frame.timestampMs = given;
      using back = decodeFrame(encodeFrame(frame), pool);
      assert.equal((back as typeof frame).timestampMs, want);
    }
  });

  it('tell when market data was received', () => {
    const beforeMs = Date.now();
    using tick = createTestPool().acquire(MarketData, { symbol: 'X' });
    const message = fromBinary(FrameSchema, encodeFrame(tick));
    assert.equal(message.frame.case, 'market');
    const { receiveTime } = message.frame.value as { receiveTime: { seconds: bigint; nanos: number } };
    const ageMs = Number(receiveTime.seconds) * 1000 + receiveTime.nanos / 1e6 - beforeMs;
    assert.ok(ageMs > -1000 && ageMs < 5000, `received ${ageMs} ms after the test began`);
  });

  it('say of sound how many channels it has, where the port left that open', () => {
    using frame = pool.acquire(AudioFrame.any, { channels: 3, samples: 1, sampleRateHz: 8000 });
    using back = decodeFrame(encodeFrame(frame), pool);
    assert.equal(frameTypeOf(back).name, 'AudioFrame<3>');
  });

  it('refuse another version of a registered type, naming both', () => {
    registerSweep();
    const opaque = { frameType: 'acme.Sweep', typeVersion: 1, data: new Uint8Array(4) };
    const message = create(FrameSchema, { frame: { case: 'opaque', value: opaque } });
    assert.throws(() => decodeFrame(toBinary(FrameSchema, message), pool), {
      code: 'FIELD_INVALID',
      message: 'bytes must hold a frame of acme.Sweep version 2, was version 1',
    });
  });

  it('refuse a type that is not known here, by its name', () => {
    const opaque = { frameType: 'acme.Lost', typeVersion: 1 };
    const bytes = toBinary(FrameSchema, create(FrameSchema, { frame: { case: 'opaque', value: opaque } }));
    assert.throws(() => decodeFrame(bytes, pool), {
      code: 'FIELD_INVALID',
      message: /acme\.Lost cannot be decoded/,
    });
    using known = pool.acquire(MarketData, { symbol: 'X' });
    using frame = referenceOf(known).memory.refer(opaqueFrameType('acme.Lost'));
    assert.throws(() => encodeFrame(frame), {
      code: 'FIELD_INVALID',
      message: /acme\.Lost cannot be encoded/,
    });
    assert.deepEqual(frameToProto(frame).frame?.case, 'opaque');
  });

  it('are read from a part of a larger buffer', () => {
    using frame = pool.acquire(MarketData, { symbol: 'BTCUSDT' });
    frame.price = 42.5;
    const whole = Buffer.concat([Buffer.alloc(3, 0xff), encodeFrame(frame), Buffer.alloc(3, 0xff)]);
    using back = decodeFrame(whole.subarray(3, whole.length - 3), pool);
    assert.deepEqual(contentOf(back), contentOf(frame));
  });

  it('refuse bytes that hold none', () => {
    assert.throws(() => decodeFrame(new Uint8Array(0), pool), {
      code: 'FIELD_INVALID',
      path: 'bytes',
      message: 'bytes must hold an encoded frame, was none',
    });
  });

  for (const { name: what, video, message } of [
    {
      name: 'too few planes',
      video: { planes: [new Uint8Array(4)], strides: [2] },
      message: 'bytes of a VideoFrame must hold 2 planes and strides, was 1 and 1',
    },
    {
      name: 'a stride below its rows',
      video: { planes: [new Uint8Array(4), new Uint8Array(2)], strides: [1, 2] },
      message: 'bytes of a VideoFrame must hold a stride from 2 for plane 0, was 1',
    },
    {
      name: 'a plane that ends early',
      video: { planes: [new Uint8Array(3), new Uint8Array(2)], strides: [2, 2] },
      message: 'bytes of a VideoFrame must hold 4 bytes or more in plane 0, was 3',
    },
    {
      name: 'a colour beyond a byte',
      video: { planes: [new Uint8Array(4), new Uint8Array(2)], strides: [2, 2], colorMatrix: 256 },
      message: 'bytes of a VideoFrame must hold colorMatrix from 0 to 255, was 256',
    },
  ]) {
    it(`refuse a picture with ${what}`, () => {
      const value = { format: 3, width: 2, height: 2, ...video } as const;
      const bytes = toBinary(FrameSchema, create(FrameSchema, { frame: { case: 'video', value } }));
      assert.throws(() => decodeFrame(bytes, pool), { code: 'FIELD_INVALID', message });
    });
  }

  it('refuse sound with too few samples, before any memory is taken for it', () => {
    const value = { sampleRateHz: 8000, channels: 255, samples: 1 << 24, planes: new Uint8Array(4) };
    const bytes = toBinary(FrameSchema, create(FrameSchema, { frame: { case: 'audio', value } }));
    assert.throws(() => decodeFrame(bytes, pool), {
      message: /255 × 16777216 samples of 4 bytes, was 4 bytes/,
    });
  });
});
