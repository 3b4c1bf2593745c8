import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import LevelMeter from '../../server/processors/level-meter.ts';
import WavFileSource from '../../server/processors/wav-file-source.ts';
import { AudioFrame } from '../../server/runtime/frame/audio-frame.ts';
import type { DataFrameView } from '../../server/runtime/frame/data-frame.ts';
import { shareFrame } from '../../server/runtime/frame/slot-reference.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ProcessorHarness } from '../support/processor-harness.ts';
import { soxStat } from '../support/sox.ts';

const SPEECH = fileURLToPath(new URL('../fixtures/speech.wav', import.meta.url));

async function start(config: JsonObject): Promise<ProcessorHarness> {
  const meter = new ProcessorHarness(LevelMeter, { config });
  await meter.setup();
  return meter;
}

/** Feeds constant sound: one value per channel. */
function feed(meter: ProcessorHarness, samples: number, values: number[], sampleRateHz = 1000): void {
  meter.feed('audio', AudioFrame.any, { channels: values.length, samples, sampleRateHz }, (frame) => {
    values.forEach((value, c) => {
      frame.channel(c).fill(value);
    });
  });
}

function column(meter: ProcessorHarness, name: string): number[] {
  return (meter.output('data').frames as DataFrameView[]).map((frame) => frame.channel(name)[0] as number);
}

const decibels = (ratio: number): number => 20 * Math.log10(ratio);

describe('LevelMeter', () => {
  it('agrees with sox on the level and peak of a recording', async () => {
    const source = new ProcessorHarness(WavFileSource, { config: { path: SPEECH, pace: 'fast' } });
    const meter = await start({ interval_ms: 4000 });
    await source.setup();
    await source.processToEnd();
    for (const frame of source.output('audio').frames) meter.input('audio').frames.push(shareFrame(frame));
    await meter.processAll();
    const [rmsDb] = column(meter, 'rms_db');
    const [peak] = column(meter, 'peak');
    const want = decibels(soxStat(SPEECH, 'RMS amplitude'));
    assert.ok(Math.abs((rmsDb as number) - want) < 0.1, `RMS must be ${want} dB, was ${rmsDb}`);
    const loudest = Math.max(soxStat(SPEECH, 'Maximum amplitude'), -soxStat(SPEECH, 'Minimum amplitude'));
    assert.ok(Math.abs((peak as number) - loudest) < 1e-5);
    await source.teardown();
  });

  it('measures each channel and all together', async () => {
    const meter = await start({ interval_ms: 100 });
    feed(meter, 100, [0.5, -1]);
    await meter.processAll();
    const [frame] = meter.output('data').frames as DataFrameView[];
    const want = {
      rms: Math.sqrt((0.25 + 1) / 2),
      peak: 1,
      rms_0: 0.5,
      peak_0: 0.5,
      rms_db_0: decibels(0.5),
      rms_1: 1,
      peak_1: 1,
      peak_db_1: 0,
    };
    for (const [name, value] of Object.entries(want)) {
      assert.ok(Math.abs((frame?.channel(name)[0] as number) - value) < 1e-12, name);
    }
  });

  for (const { name, blocks } of [
    { name: 'many short frames', blocks: Array.from({ length: 45 }, () => 20) },
    { name: 'one long frame', blocks: [900] },
    { name: 'frames that fit no interval', blocks: [130, 7, 333, 1, 429] },
  ]) {
    it(`cuts intervals to the sample out of ${name}`, async () => {
      const meter = await start({ interval_ms: 300 });
      for (const samples of blocks) feed(meter, samples, [0.25]);
      await meter.processAll();
      assert.deepEqual(column(meter, 'rms'), [0.25, 0.25, 0.25]);
      assert.deepEqual(
        (meter.output('data').frames as DataFrameView[]).map((frame) => frame.sequenceId),
        [0, 1, 2],
      );
      assert.equal(meter.pool.inUse, 3);
    });
  }

  it('calls silence -144 dB', async () => {
    const meter = await start({});
    feed(meter, 100, [0]);
    await meter.processAll();
    assert.deepEqual(column(meter, 'rms_db'), [-144]);
    assert.deepEqual(column(meter, 'peak_db_0'), [-144]);
  });

  it('begins anew when the format of the sound changes', async () => {
    const meter = await start({ interval_ms: 100 });
    feed(meter, 99, [1]);
    feed(meter, 100, [0.5, 0.5]);
    feed(meter, 99, [1, 1]);
    feed(meter, 200, [0.25, 0.25], 2000);
    await meter.processAll();
    assert.deepEqual(column(meter, 'rms'), [0.5, 0.25]);
  });

  it('publishes each level as an event on its own topic', async () => {
    const meter = await start({ interval_ms: 100 });
    feed(meter, 200, [0.5]);
    await meter.processAll();
    assert.deepEqual(
      meter.events.map(({ topic, event }) => [topic, event.name, event.data?.rms]),
      [
        ['processor:under-test', 'level', 0.5],
        ['processor:under-test', 'level', 0.5],
      ],
    );
    assert.equal(meter.configure({ interval_ms: 100, emit_events: false }, LevelMeter), true);
    feed(meter, 100, [0.5]);
    await meter.processAll();
    assert.equal(meter.events.length, 2);
    assert.equal(meter.output('data').frames.length, 3);
  });

  for (const { name, ended, want } of [
    { name: 'gives the shorter last interval when its input ended', ended: true, want: [1, 0.5] },
    { name: 'gives whole intervals only when it is stopped', ended: false, want: [1] },
  ]) {
    it(name, async () => {
      const meter = await start({ interval_ms: 100 });
      feed(meter, 100, [1]);
      feed(meter, 30, [0.5]);
      await meter.processAll();
      meter.input('audio').ended = ended;
      await meter.teardown();
      assert.deepEqual(column(meter, 'rms'), want);
    });
  }
});
