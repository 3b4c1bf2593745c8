import assert from 'node:assert/strict';
import { AudioFrame } from '../../../server/runtime/frame/audio-frame.ts';
import { audioLevelsOf } from '../../../server/runtime/frame/audio-levels.ts';
import { createTestPool } from '../../support/test-pool.ts';

function soundOf(...channels: number[][]) {
  const shape = { channels: channels.length, samples: channels[0]?.length ?? 0, sampleRateHz: 48_000 };
  const frame = createTestPool().acquire(AudioFrame.any, shape);
  for (const [i, samples] of channels.entries()) frame.channel(i).set(samples);
  return frame;
}

describe('the levels of sound', () => {
  it('are rms and peak of each channel', () => {
    using frame = soundOf([0.5, -0.5, 0.5, -0.5], [0, 0, 0, -1], [0, 0, 0, 0]);
    assert.deepEqual(audioLevelsOf(frame), [
      { rms: 0.5, peak: 0.5 },
      { rms: 0.5, peak: 1 },
      { rms: 0, peak: 0 },
    ]);
  });

  it('are left out where there are no samples, or too many to look at', () => {
    using none = soundOf([]);
    assert.deepEqual(audioLevelsOf(none), []);
    using most = soundOf(new Array<number>(32_768).fill(0), new Array<number>(32_768).fill(0));
    assert.equal(audioLevelsOf(most).length, 2);
    using tooMany = soundOf(new Array<number>(65_537).fill(0));
    assert.deepEqual(audioLevelsOf(tooMany), []);
  });
});
