import assert from 'node:assert/strict';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import CsvSource from '../../server/processors/csv-source.ts';
import LogSink from '../../server/processors/log-sink.ts';
import { WindowAverage } from '../../server/processors/moving-average/window-average.ts';
import { decodeWindows, encodeWindows } from '../../server/processors/moving-average/window-state.ts';
import MovingAverage from '../../server/processors/moving-average.ts';
import SineGenerator from '../../server/processors/sine-generator.ts';
import Threshold from '../../server/processors/threshold.ts';
import WavFileSink from '../../server/processors/wav-file-sink.ts';
import WavFileSource from '../../server/processors/wav-file-source.ts';
import { AudioFrame, type AudioFrameView } from '../../server/runtime/frame/audio-frame.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { ProcessorClass } from '../../server/runtime/processor.ts';
import { ProcessorHarness } from '../support/processor-harness.ts';
import { soxSamples } from '../support/sox.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const SPEECH = fileURLToPath(new URL('../fixtures/speech.wav', import.meta.url));

/** Every type that keeps a state. */
const STATEFUL = [CsvSource, LogSink, MovingAverage, SineGenerator, Threshold, WavFileSink, WavFileSource];

async function start(type: ProcessorClass, config: JsonObject = {}): Promise<ProcessorHarness> {
  const harness = new ProcessorHarness(type, { config });
  await harness.setup();
  return harness;
}

const originOf = ({ descriptor: { name, version } }: ProcessorClass) => ({
  processorType: name,
  typeVersion: version,
});

/** The next instance of a processor, with another config, and the state of the one before. */
async function restart(before: ProcessorHarness, type: ProcessorClass, config: JsonObject) {
  const state = before.checkpoint();
  await before.teardown();
  const after = await start(type, config);
  after.restore(state, originOf(type));
  return after;
}

describe('the state of SineGenerator', () => {
  for (const { name, config } of [
    { name: 'the same config', config: {} },
    { name: 'other blocks', config: { block_frames: 333 } },
    { name: 'another frequency', config: { frequency_hz: 441 } },
  ]) {
    it(`goes on without a jump beyond one step with ${name}`, async () => {
      const common = { amplitude: 1, pace: 'fast' };
      const before = await start(SineGenerator, { ...common, block_frames: 77 });
      before.output('audio').credit = 3;
      await before.process();
      const after = await restart(before, SineGenerator, { ...common, ...config });
      after.output('audio').credit = 1;
      await after.process();
      const frames = [...before.output('audio').frames, ...after.output('audio').frames] as AudioFrameView[];
      const samples = frames.flatMap((frame) => Array.from(frame.channel(0)));
      const jumps = samples.slice(1).map((value, i) => Math.abs(value - (samples[i] as number)));
      const steepest = (2 * Math.PI * 441) / 48_000;
      assert.ok(Math.max(...jumps) <= steepest * 1.001, `jumps by ${Math.max(...jumps)}`);
      assert.deepEqual(
        frames.map(({ samplePosition }) => samplePosition),
        [0, 77, 154, 231],
      );
    });
  }

  it('keeps the time where the sample rate is another one', async () => {
    const before = await start(SineGenerator, { block_frames: 480, pace: 'fast' });
    before.output('audio').credit = 2;
    await before.process();
    const after = await restart(before, SineGenerator, { sample_rate_hz: 24_000, pace: 'fast' });
    after.output('audio').credit = 1;
    await after.process();
    assert.equal((after.output('audio').frames[0] as AudioFrameView).samplePosition, 480);
  });

  it('is refused as a whole where a field is none', async () => {
    const sine = await start(SineGenerator, { pace: 'fast' });
    const before = sine.checkpoint();
    assert.throws(
      () => sine.restore({ phase: 0.5, position: -1, sample_rate_hz: 48_000 }, originOf(SineGenerator)),
      { message: 'state.position must be a count, was -1' },
    );
    assert.deepEqual(sine.checkpoint(), before);
  });
});

describe('the state of MovingAverage', () => {
  const feed = (harness: ProcessorHarness, values: readonly number[]) =>
    harness.feed('data_in', DataFrame, dataLayout({ x: values.length }), (frame) => {
      frame.channel('x').set(values);
    });
  const results = (harness: ProcessorHarness) =>
    harness.takeJson('data_out').flatMap((frame) => (frame as { payload: { x: number[] } }).payload.x);

  it('makes a restart invisible, whatever came before and whatever the window was', async () => {
    const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });
    const window = fc.integer({ min: 1, max: 30 });
    await fc.assert(
      fc.asyncProperty(values, values, window, window, async (first, second, size, otherSize) => {
        const before = await start(MovingAverage, { window: size });
        feed(before, first);
        await before.processAll();
        const after = await restart(before, MovingAverage, { window: otherSize });
        feed(after, second);
        await after.processAll();
        const whole = new WindowAverage(otherSize);
        for (const value of first.slice(-size)) whole.add(value);
        const got = results(after);
        for (const [i, value] of second.entries())
          assert.ok(Math.abs((got[i] as number) - whole.add(value)) <= 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the newest values when the window changes live', async () => {
    const harness = await start(MovingAverage, { window: 4 });
    feed(harness, [1, 2, 3, 4]);
    await harness.processAll();
    assert.equal(harness.configure({ window: 2 }, MovingAverage), true);
    feed(harness, [6]);
    await harness.processAll();
    assert.equal(harness.configure({ window: 3 }, MovingAverage), true);
    feed(harness, [8]);
    await harness.processAll();
    assert.deepEqual(results(harness), [1, 1.5, 2, 2.5, 5, 6]);
  });

  it('is none where the windows hold more than a state may have', async () => {
    const most = Float64Array.from({ length: 6_000 }, () => Math.PI);
    const text = JSON.stringify(encodeWindows([['x', most]]));
    assert.ok(text.length < 65_536);
    assert.deepEqual(decodeWindows(JSON.parse(text)), [['x', most]]);
    const harness = await start(MovingAverage, { window: 6_200 });
    for (let i = 0; i < 62; i++) feed(harness, new Array(100).fill(1));
    await harness.processAll();
    assert.equal(harness.checkpoint(), undefined);
  });

  for (const { name, windows, message } of [
    { name: 'no windows', windows: undefined, message: 'state.windows must be an object, was undefined' },
    {
      name: 'half a value',
      windows: { x: 'AAAA' },
      message: 'state.windows.x must be whole values in base64, was "AAAA"',
    },
    { name: 'a number', windows: { x: 1 }, message: 'state.windows.x must be whole values in base64, was 1' },
  ]) {
    it(`is refused with ${name}`, () => {
      assert.throws(() => decodeWindows(windows), { message });
    });
  }
});

describe('the state of Threshold and LogSink', () => {
  const feed = (harness: ProcessorHarness, input: string, value: number) =>
    harness.feed(input, DataFrame, dataLayout({ x: 1 }), (frame) => {
      frame.channel('x')[0] = value;
    });

  it('does not tell twice that a value is above', async () => {
    const config = { channel: 'x', limit: 5 };
    const before = await start(Threshold, config);
    feed(before, 'data_in', 6);
    await before.processAll();
    const after = await restart(before, Threshold, config);
    feed(after, 'data_in', 7);
    feed(after, 'data_in', 4);
    await after.processAll();
    assert.deepEqual(
      after.events.map(({ event }) => event.name),
      ['threshold_cleared'],
    );
    const other = await restart(after, Threshold, { channel: 'y', limit: 5 });
    assert.deepEqual(other.checkpoint(), { channel: 'y', exceeded: false });
  });

  it('goes on counting to the next frame that is logged', async () => {
    const before = await start(LogSink, { every: 3 });
    feed(before, 'data', 0);
    feed(before, 'data', 1);
    await before.processAll();
    const after = await restart(before, LogSink, { every: 3 });
    feed(after, 'data', 2);
    feed(after, 'data', 3);
    await after.processAll();
    assert.deepEqual([before.logs.length, after.logs.length], [1, 1]);
  });
});

describe('the state of WavFileSink', () => {
  const folder = useTemporaryFolder();

  async function record(sink: ProcessorHarness, value: number, channels = 1): Promise<void> {
    sink.feed('audio', AudioFrame.any, { channels, samples: 100, sampleRateHz: 8000 }, (frame) => {
      for (let c = 0; c < channels; c++) frame.channel(c).fill(value);
    });
    await sink.processAll();
  }

  const levels = (path: string) => [...new Set([...soxSamples(path)].map((value) => value.toFixed(2)))];

  for (const { name, config } of [
    { name: 'the format that it has', config: {} },
    { name: 'a format of another header', config: { format: 'float32' } },
  ]) {
    it(`goes on behind what is recorded, in ${name}`, async () => {
      const path = folder('out.wav');
      const before = await start(WavFileSink, { path, ...config });
      await record(before, 0.25, 2);
      const after = await restart(before, WavFileSink, { path, ...config });
      await record(after, 0.5, 2);
      await after.teardown();
      assert.equal(soxSamples(path).length, 400);
      assert.deepEqual(levels(path), ['0.25', '0.50']);
    });
  }

  it('keeps what was recorded after the checkpoint and before a crash', async () => {
    const path = folder('out.wav');
    const copy = folder('as-after-a-crash.wav');
    const before = await start(WavFileSink, { path: copy });
    await record(before, 0.25);
    const state = before.checkpoint();
    await record(before, 0.5);
    copyFileSync(copy, path);
    await before.teardown();
    const after = await start(WavFileSink, { path });
    after.restore({ ...state, path }, originOf(WavFileSink));
    await record(after, 0.75);
    await after.teardown();
    assert.equal(soxSamples(path).length, 300);
    assert.deepEqual(levels(path), ['0.25', '0.50', '0.75']);
  });

  for (const { name, config } of [
    { name: 'another path', config: { path: 'other.wav' } },
    { name: 'another format', config: { path: 'out.wav', format: 'pcm24' } },
  ]) {
    it(`begins a file anew for ${name}`, async () => {
      const before = await start(WavFileSink, { path: folder('out.wav') });
      await record(before, 0.25);
      const path = folder(config.path);
      const after = await restart(before, WavFileSink, { ...config, path });
      await record(after, 0.5);
      await after.teardown();
      assert.deepEqual([soxSamples(path).length, levels(path)], [100, ['0.50']]);
    });
  }

  for (const { name, spoil } of [
    { name: 'is gone', spoil: (path: string) => rmSync(path) },
    { name: 'is another one', spoil: (path: string) => copyFileSync(SPEECH, path) },
    { name: 'is no WAV file', spoil: (path: string) => writeFileSync(path, 'hello') },
  ]) {
    it(`begins a file anew with a warning if it ${name}`, async () => {
      const path = folder('out.wav');
      const before = await start(WavFileSink, { path, format: 'float32' });
      await record(before, 0.25);
      const state = before.checkpoint();
      await before.teardown();
      spoil(path);
      const after = await start(WavFileSink, { path, format: 'float32' });
      after.restore(state, originOf(WavFileSink));
      await record(after, 0.5);
      assert.equal(after.logs[0]?.level, 'warn');
      await after.teardown();
      assert.deepEqual([soxSamples(path).length, levels(path)], [100, ['0.50']]);
    });
  }

  it('is none before the first sound, and a file of an earlier run is replaced', async () => {
    const path = folder('out.wav');
    copyFileSync(SPEECH, path);
    const sink = await start(WavFileSink, { path });
    assert.equal(sink.checkpoint(), undefined);
    await sink.teardown();
    const next = await start(WavFileSink, { path });
    await record(next, 0.5);
    await next.teardown();
    assert.equal(soxSamples(path).length, 100);
  });
});

describe('the state of the sources that read files', () => {
  const folder = useTemporaryFolder();

  it('goes on where a WAV file was, in blocks of any size', async () => {
    const config = { path: SPEECH, pace: 'fast' };
    const before = await start(WavFileSource, { ...config, block_frames: 100 });
    before.output('audio').credit = 3;
    await before.process();
    const after = await restart(before, WavFileSource, { ...config, block_frames: 500 });
    await after.processToEnd();
    await after.teardown();
    const frames = [...before.output('audio').frames, ...after.output('audio').frames] as AudioFrameView[];
    assert.deepEqual(
      Float32Array.from(frames.flatMap((frame) => Array.from(frame.channel(0)))),
      Float32Array.from(soxSamples(SPEECH)),
    );
    assert.equal(frames[3]?.samplePosition, 300);
  });

  it('goes on behind the last record of a CSV file', async () => {
    const path = folder('data.csv');
    writeFileSync(path, 'x\n1\noops\n2\n3\n4\n');
    const config = { path, on_error: 'skip' };
    const before = await start(CsvSource, config);
    before.output('data').credit = 2;
    await before.process();
    const after = await restart(before, CsvSource, config);
    await after.processToEnd();
    const sent = after.takeJson('data') as { sequence_id: number; payload: { x: number[] } }[];
    await after.teardown();
    assert.deepEqual(
      sent.map(({ sequence_id, payload }) => [sequence_id, payload.x]),
      [
        [2, [3]],
        [3, [4]],
      ],
    );
  });

  for (const { type, config } of [
    { type: WavFileSource, config: { path: SPEECH } },
    { type: CsvSource, config: { path: 'data.csv' } },
  ]) {
    it(`does not go with another file (${type.descriptor.name})`, async () => {
      writeFileSync(folder('data.csv'), 'x\n1\n2\n');
      const path = config.path === SPEECH ? SPEECH : folder(config.path);
      const source = await start(type, { path });
      const fresh = source.checkpoint();
      source.restore({ ...fresh, path: 'other', records: 1, frame: 1, position: 1 }, originOf(type));
      assert.deepEqual(source.checkpoint(), fresh);
      await source.teardown();
    });
  }
});

describe('the state of another type', () => {
  const folder = useTemporaryFolder();

  for (const type of STATEFUL) {
    it(`is left alone by ${type.descriptor.name}`, async () => {
      writeFileSync(folder('data.csv'), 'x\n1\n2\n');
      const path = { CsvSource: folder('data.csv'), WavFileSource: SPEECH }[type.descriptor.name as string];
      const required = { path: path ?? folder('out.wav'), channel: 'x', limit: 1 };
      const fields = new Set(Object.keys(type.descriptor.configSchema.properties));
      const config = Object.fromEntries(Object.entries(required).filter(([field]) => fields.has(field)));
      const processor = await start(type, config);
      const before = processor.checkpoint();
      processor.restore({ anything: 'else' }, { processorType: 'acme.Other', typeVersion: 1 });
      assert.deepEqual(processor.checkpoint(), before);
      await processor.teardown();
    });
  }
});
