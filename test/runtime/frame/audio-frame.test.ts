import assert from 'node:assert/strict';
import { AudioFrame } from '../../../server/runtime/frame/audio-frame.ts';
import { createTestPool } from '../../support/test-pool.ts';

describe('an audio frame', () => {
  const pool = createTestPool();

  it('keeps each channel apart', () => {
    const frame = pool.acquire(AudioFrame.of(2), { channels: 2, samples: 3, sampleRateHz: 44_100 });
    frame.channel(0).set([0.25, -0.5, 1]);
    frame.channel(1).set([0.125, 0, -1]);
    frame.samplePosition = 2 ** 40 + 1;
    assert.deepEqual(AudioFrame.of(2).toJson(frame), {
      sample_rate_hz: 44_100,
      channels: 2,
      samples: 3,
      sample_position: 2 ** 40 + 1,
      planes: [
        [0.25, -0.5, 1],
        [0.125, 0, -1],
      ],
    });
    assert.equal(frame.byteLength, 40 + 2 * 3 * 4);
  });

  it('is one type per number of channels', () => {
    assert.equal(AudioFrame.of(2), AudioFrame.of(2));
    assert.equal(AudioFrame.of(6).name, 'AudioFrame<6>');
    assert.equal(AudioFrame.any.name, 'AudioFrame<*>');
  });

  for (const { name, type, shape, message } of [
    {
      name: 'another number of channels than the type says',
      type: AudioFrame.of(2),
      shape: { channels: 1, samples: 1, sampleRateHz: 1 },
      message: 'channels of AudioFrame<2> must be 2, was 1',
    },
    {
      name: 'no channel',
      type: AudioFrame.any,
      shape: { channels: 0, samples: 1, sampleRateHz: 1 },
      message: 'channels of AudioFrame<*> must be a whole number from 1 to 255, was 0',
    },
    {
      name: 'half a sample',
      type: AudioFrame.any,
      shape: { channels: 1, samples: 0.5, sampleRateHz: 1 },
      message: 'samples of AudioFrame<*> must be a whole number from 0 to 16777216, was 0.5',
    },
    {
      name: 'no rate',
      type: AudioFrame.any,
      shape: { channels: 1, samples: 1, sampleRateHz: Number.NaN },
      message: 'sampleRateHz of AudioFrame<*> must be a whole number from 1 to 10000000, was NaN',
    },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(() => pool.acquire(type, shape), { code: 'FIELD_INVALID', message });
    });
  }

  for (const index of [-1, 2, 0.5]) {
    it(`refuses channel ${index} of two`, () => {
      const frame = pool.acquire(AudioFrame.of(2), { channels: 2, samples: 3, sampleRateHz: 44_100 });
      assert.throws(() => frame.channel(index), { code: 'FIELD_INVALID' });
    });
  }
});
