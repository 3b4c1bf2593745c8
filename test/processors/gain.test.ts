import assert from 'node:assert/strict';
import Gain from '../../server/processors/gain.ts';
import { AudioFrame, type AudioFrameView } from '../../server/runtime/frame/audio-frame.ts';
import { ProcessorHarness } from '../support/processor-harness.ts';

const SHAPE = { channels: 2, samples: 4, sampleRateHz: 48_000 };

function feed(harness: ProcessorHarness): void {
  harness.feed('audio_in', AudioFrame.any, SHAPE, (frame) => {
    frame.channel(0).set([0, 0.25, -0.5, 1]);
    frame.channel(1).set([1, 1, 1, 1]);
    frame.samplePosition = 960;
    frame.monotonicNs = 77n;
  });
}

describe('Gain', () => {
  for (const { gain, left, right } of [
    { gain: 1, left: [0, 0.25, -0.5, 1], right: [1, 1, 1, 1] },
    { gain: 0.5, left: [0, 0.125, -0.25, 0.5], right: [0.5, 0.5, 0.5, 0.5] },
    { gain: -4, left: [-0, -1, 2, -4], right: [-4, -4, -4, -4] },
    { gain: 0, left: [0, 0, -0, 0], right: [0, 0, 0, 0] },
  ]) {
    it(`multiplies every sample of every channel by ${gain}`, async () => {
      const harness = new ProcessorHarness(Gain, { config: { gain } });
      await harness.setup();
      feed(harness);
      await harness.process();
      const [result] = harness.output('audio_out').frames as AudioFrameView[];
      assert.deepEqual(Array.from(result?.channel(0) ?? []), left);
      assert.deepEqual(Array.from(result?.channel(1) ?? []), right);
    });
  }

  it('keeps the time, position and rate of what it read', async () => {
    const harness = new ProcessorHarness(Gain);
    await harness.setup();
    feed(harness);
    await harness.process();
    const [result] = harness.output('audio_out').frames as AudioFrameView[];
    assert.equal(result?.monotonicNs, 77n);
    assert.equal(result?.samplePosition, 960);
    assert.equal(result?.sampleRateHz, 48_000);
  });

  it('takes a new gain with the next frame', async () => {
    const harness = new ProcessorHarness(Gain, { config: { gain: 1 } });
    await harness.setup();
    assert.equal(harness.configure({ gain: 0.5 }, Gain), true);
    feed(harness);
    await harness.process();
    const [result] = harness.output('audio_out').frames as AudioFrameView[];
    assert.deepEqual(Array.from(result?.channel(1) ?? []), [0.5, 0.5, 0.5, 0.5]);
  });

  it('holds no frame back', async () => {
    const harness = new ProcessorHarness(Gain);
    await harness.setup();
    for (let i = 0; i < 3; i++) feed(harness);
    await harness.processAll();
    assert.equal(harness.pool.inUse, 3);
    harness.takeJson('audio_out');
    assert.equal(harness.pool.inUse, 0);
  });
});
