import assert from 'node:assert/strict';
import { AudioFrame, type AudioFrameView } from '../../../server/runtime/frame/audio-frame.ts';
import { createTestPool } from '../../support/test-pool.ts';

const MONO = AudioFrame.of(1);
const SHAPE = { channels: 1, samples: 10, sampleRateHz: 48_000 };
const BURST = 8;
const CALLS = 100;

describe('the views of a slot', () => {
  it('stay as few as one call uses, however many calls use as many one after the other', () => {
    const pool = createTestPool();
    const views = new Set<AudioFrameView>();
    for (let call = 0; call < CALLS; call++) {
      pool.beginCall();
      const seen = new Set<AudioFrameView>();
      for (let i = 0; i < BURST; i++) {
        const view = pool.acquire(MONO, SHAPE);
        assert.equal(seen.has(view), false, 'a view is not handed out twice in one call');
        seen.add(view);
        views.add(view);
        view.release();
      }
    }
    assert.ok(views.size <= 2 * BURST, `${CALLS * BURST} frames had ${views.size} views`);
  });
});
