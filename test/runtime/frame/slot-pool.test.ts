import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mediaClock } from '../../../server/runtime/clock.ts';
import { AudioFrame, type AudioFrameView } from '../../../server/runtime/frame/audio-frame.ts';
import { SlotPool } from '../../../server/runtime/frame/slot-pool.ts';
import { frameTypeOf, passFrame, shareFrame } from '../../../server/runtime/frame/slot-reference.ts';

const MONO = AudioFrame.of(1);
const shapeOf = (samples: number) => ({ channels: 1, samples, sampleRateHz: 48_000 });

describe('a slot pool', () => {
  it('gives zeroed frames of the present', () => {
    const pool = new SlotPool();
    for (let round = 0; round < 3; round++) {
      const beforeNs = mediaClock.now();
      const frame = pool.acquire(MONO, shapeOf(100));
      assert.deepEqual(new Set(frame.channel(0)), new Set([0]));
      const ageNs = Number(frame.monotonicNs - beforeNs);
      assert.equal(ageNs > -1_000_000 && ageNs < 1_000_000_000, true, `made ${ageNs} ns after`);
      frame.channel(0).fill(1);
      frame.release();
    }
  });

  it('uses the same memory and the same view again once they are recycled', () => {
    const pool = new SlotPool();
    const first = pool.acquire(MONO, shapeOf(100));
    const samples = first.channel(0);
    first.release();
    pool.recycle();
    const second = pool.acquire(MONO, shapeOf(100));
    assert.equal(second, first);
    assert.equal(second.channel(0), samples);
  });

  it('keeps a frame until its last reference is given back', () => {
    const pool = new SlotPool();
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
      const frame = new SlotPool().acquire(MONO, shapeOf(10));
      frame.release();
      assert.throws(() => use(frame), /AudioFrame<1> was used after it was released/);
    });
  }

  it('lets a frame be passed on inside its own `using`', () => {
    const pool = new SlotPool();
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
    const pool = new SlotPool();
    const old = pool.acquire(MONO, shapeOf(10));
    passFrame(old).release();
    const later = pool.acquire(MONO, shapeOf(10));
    old.release();
    assert.equal(later.samples, 10);
    assert.equal(pool.inUse, 1);
  });

  it('refuses frames beyond the largest slot', () => {
    const shape = { channels: 255, samples: 1 << 24, sampleRateHz: 48_000 };
    assert.throws(() => new SlotPool().acquire(AudioFrame.any, shape), { code: 'QUOTA' });
  });

  it('holds what any sequence of acquire, share, pass and release leaves', () => {
    const action = fc.record({
      kind: fc.constantFrom('acquire', 'share', 'pass', 'release', 'recycle', 'forget'),
      at: fc.nat(30),
      samples: fc.nat(300),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const pool = new SlotPool();
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
          } else if (kind === 'recycle') pool.recycle();
          else if (kind === 'forget') pool.forgetRetired();
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
