import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LastTime, mediaClock } from '../../../server/runtime/clock.ts';
import { AudioFrame, type AudioFrameView } from '../../../server/runtime/frame/audio-frame.ts';
import { FramePool } from '../../../server/runtime/frame/frame-pool.ts';
import { frameTypeOf, passFrame, shareFrame } from '../../../server/runtime/frame/slot-reference.ts';
import { createTestPool } from '../../support/test-pool.ts';

const MONO = AudioFrame.of(1);
const shapeOf = (samples: number) => ({ channels: 1, samples, sampleRateHz: 48_000 });

describe('a frame pool', () => {
  it('gives frames of its time whose header is written anew', () => {
    const time = new LastTime();
    const pool = new FramePool(time);
    for (let round = 0; round < 3; round++) {
      const beforeNs = mediaClock.now();
      time.read();
      pool.beginCall();
      const frame = pool.acquire(MONO, shapeOf(100));
      assert.equal(frame.samplePosition, 0);
      const ageNs = Number(frame.monotonicNs - beforeNs);
      assert.equal(ageNs > -1_000_000 && ageNs < 1_000_000_000, true, `made ${ageNs} ns after`);
      frame.samplePosition = 7;
      frame.release();
    }
  });

  it('uses the same memory at once, and the same view from the next call on', () => {
    const pool = createTestPool();
    const first = pool.acquire(MONO, shapeOf(100));
    const samples = first.channel(0);
    first.release();
    const second = pool.acquire(MONO, shapeOf(100));
    assert.notEqual(second, first);
    assert.equal(second.channel(0).buffer, samples.buffer);
    second.release();
    pool.beginCall();
    const third = pool.acquire(MONO, shapeOf(100));
    assert.equal(third, first);
    assert.equal(third.channel(0), samples);
  });

  it('keeps a frame until its last reference is given back', () => {
    const pool = createTestPool();
    const first = pool.acquire(MONO, shapeOf(10));
    first.channel(0).fill(7);
    const second = shareFrame(first);
    first.release();
    assert.equal(pool.inUse, 1);
    assert.equal(second.channel(0)[9], 7);
    second.release();
    assert.equal(pool.inUse, 0);
  });

  for (const [name, use] of [
    ['reading its samples', (frame: AudioFrameView) => frame.channel(0)],
    ['reading its length', (frame: AudioFrameView) => frame.byteLength],
    ['writing its position', (frame: AudioFrameView) => Object.assign(frame, { samplePosition: 1 })],
    ['sharing it', (frame: AudioFrameView) => shareFrame(frame)],
    ['asking for its type', (frame: AudioFrameView) => frameTypeOf(frame)],
  ] as const) {
    it(`refuses ${name} after the frame was released`, () => {
      const frame = createTestPool().acquire(MONO, shapeOf(10));
      frame.release();
      assert.throws(() => use(frame), /AudioFrame<1> was used after it was released/);
    });
  }

  it('lets a frame be passed on inside its own `using`', () => {
    const pool = createTestPool();
    let passed: AudioFrameView;
    {
      using frame = pool.acquire(MONO, shapeOf(10));
      frame.channel(0).fill(3);
      passed = passFrame(frame);
    }
    assert.equal(passed.channel(0)[0], 3);
    assert.equal(pool.inUse, 1);
  });

  it('releases nothing of a later frame when an old `using` ends late', () => {
    const pool = createTestPool();
    const old = pool.acquire(MONO, shapeOf(10));
    passFrame(old).release();
    const later = pool.acquire(MONO, shapeOf(10));
    old.release();
    assert.equal(later.samples, 10);
    assert.equal(pool.inUse, 1);
  });

  it('refuses frames beyond the largest slot', () => {
    const shape = { channels: 255, samples: 1 << 24, sampleRateHz: 48_000 };
    assert.throws(() => createTestPool().acquire(AudioFrame.any, shape), { code: 'QUOTA' });
  });

  it('holds what any sequence of acquire, share, pass and release leaves', () => {
    const action = fc.record({
      kind: fc.constantFrom('acquire', 'share', 'pass', 'release', 'next call'),
      at: fc.nat(30),
      samples: fc.nat(300),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const pool = createTestPool();
        const held: { frame: AudioFrameView; mark: number }[] = [];
        let marks = 0;
        for (const { kind, at, samples } of actions) {
          const index = held.length === 0 ? -1 : at % held.length;
          const chosen = held[index];
          if (kind === 'acquire') {
            const mark = ++marks;
            const frame = pool.acquire(MONO, shapeOf(samples));
            frame.samplePosition = mark;
            held.push({ frame, mark });
          } else if (kind === 'next call') pool.beginCall();
          else if (chosen === undefined) continue;
          else if (kind === 'share') held.push({ frame: shareFrame(chosen.frame), mark: chosen.mark });
          else if (kind === 'pass') chosen.frame = passFrame(chosen.frame);
          else {
            chosen.frame.release();
            held.splice(index, 1);
          }
          for (const { frame, mark } of held) assert.equal(frame.samplePosition, mark);
          assert.equal(pool.inUse, new Set(held.map(({ mark }) => mark)).size);
        }
      }),
    );
  });
});
