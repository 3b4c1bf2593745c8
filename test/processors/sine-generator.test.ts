import assert from 'node:assert/strict';
import SineGenerator from '../../server/processors/sine-generator.ts';
import type { AudioFrameView } from '../../server/runtime/frame/audio-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ManualClock, ProcessorHarness } from '../support/processor-harness.ts';

async function start(config: JsonObject): Promise<{ harness: ProcessorHarness; clock: ManualClock }> {
  const clock = new ManualClock();
  const harness = new ProcessorHarness(SineGenerator, { config, clock });
  await harness.setup();
  return { harness, clock };
}

function samples(harness: ProcessorHarness, channel = 0): number[] {
  const frames = harness.output('audio').frames as AudioFrameView[];
  return frames.flatMap((frame) => Array.from(frame.channel(channel)));
}

describe('SineGenerator', () => {
  it('generates the tone of its config without a jump between blocks', async () => {
    const config = {
      frequency_hz: 997,
      amplitude: 0.25,
      sample_rate_hz: 44_100,
      block_frames: 441,
      pace: 'fast',
    };
    const { harness } = await start(config);
    harness.output('audio').credit = 8;
    await harness.process();
    const got = samples(harness);
    assert.equal(got.length, 8 * 441);
    got.forEach((value, i) => {
      const want = 0.25 * Math.sin((2 * Math.PI * 997 * i) / 44_100);
      assert.ok(Math.abs(value - want) < 1e-6, `sample ${i} must be ${want}, was ${value}`);
    });
  });

  it('counts positions and copies the tone to every channel', async () => {
    const { harness } = await start({ channels: 3, block_frames: 100, pace: 'fast' });
    harness.output('audio').credit = 3;
    await harness.process();
    const frames = harness.output('audio').frames as AudioFrameView[];
    assert.deepEqual(
      frames.map((frame) => frame.samplePosition),
      [0, 100, 200],
    );
    assert.deepEqual(samples(harness, 2), samples(harness, 0));
  });

  it('keeps the phase when the frequency changes live', async () => {
    const { harness } = await start({ frequency_hz: 100, amplitude: 1, pace: 'fast' });
    harness.output('audio').credit = 1;
    await harness.process();
    assert.equal(harness.configure({ frequency_hz: 200, amplitude: 1, pace: 'fast' }, SineGenerator), true);
    harness.output('audio').credit = 1;
    await harness.process();
    const got = samples(harness);
    const steepest = (2 * Math.PI * 200) / 48_000;
    const jumps = got.slice(1).map((value, i) => Math.abs(value - (got[i] as number)));
    assert.ok(Math.max(...jumps) <= steepest * 1.001);
  });

  for (const { name, config } of [
    { name: 'another sample rate', config: { sample_rate_hz: 44_100 } },
    { name: 'another number of channels', config: { channels: 2 } },
    { name: 'a frequency that the sample rate cannot carry', config: { frequency_hz: 24_000 } },
  ]) {
    it(`asks for a restart for ${name}`, async () => {
      const { harness } = await start({});
      assert.equal(harness.configure(config, SineGenerator), false);
    });
  }

  it('gives as many blocks as the clock says', async () => {
    const { harness, clock } = await start({});
    for (let i = 0; i < 1000; i++) {
      clock.advanceMs(1.3);
      await harness.process();
    }
    // The first block is due at once, the others every 10 ms from then on.
    assert.equal(harness.output('audio').frames.length, 1 + Math.floor((999 * 1.3) / 10));
  });

  it('goes on from now after a stop instead of catching up', async () => {
    const { harness, clock } = await start({});
    await harness.process();
    clock.advanceMs(60_000);
    await harness.process();
    assert.equal(harness.output('audio').frames.length, 2);
  });

  it('makes nothing for nobody when it is fast', async () => {
    const { harness } = await start({ pace: 'fast' });
    harness.output('audio').links = 0;
    await harness.process();
    assert.equal(harness.output('audio').frames.length, 0);
  });

  it('refuses a frequency from half of the sample rate on', async () => {
    await assert.rejects(start({ frequency_hz: 600, sample_rate_hz: 1200 }), {
      code: 'SETUP_FAILED',
      path: 'config.frequency_hz',
      message: 'config.frequency_hz must be below half of sample_rate_hz (600), was 600',
    });
  });
});
