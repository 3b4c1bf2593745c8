import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Gain from '../../server/processors/gain.ts';
import WavFileSink from '../../server/processors/wav-file-sink.ts';
import WavFileSource from '../../server/processors/wav-file-source.ts';
import { AudioFrame, type AudioFrameView } from '../../server/runtime/frame/audio-frame.ts';
import { shareFrame } from '../../server/runtime/frame/slot-reference.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ManualClock, ProcessorHarness } from '../support/processor-harness.ts';
import { sox, soxSamples } from '../support/sox.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';

const SPEECH = fileURLToPath(new URL('../fixtures/speech.wav', import.meta.url));
const SPEECH_SAMPLES = 64_000;

async function startSource(config: JsonObject): Promise<{ source: ProcessorHarness; clock: ManualClock }> {
  const clock = new ManualClock();
  const source = new ProcessorHarness(WavFileSource, { config, clock });
  await source.setup();
  return { source, clock };
}

/** All that a source reads from a file, interleaved as sox has it. */
async function readAll(path: string): Promise<Float32Array> {
  const { source } = await startSource({ path, pace: 'fast', block_frames: 1000 });
  await source.processToEnd();
  await source.teardown();
  const frames = source.output('audio').frames as AudioFrameView[];
  return Float32Array.from(
    frames.flatMap((frame) => {
      const planes = Array.from({ length: frame.channels }, (_, c) => frame.channel(c));
      return Array.from({ length: frame.samples }, (_, i) =>
        planes.map((plane) => plane[i] as number),
      ).flat();
    }),
  );
}

function move(from: ProcessorHarness, output: string, to: ProcessorHarness, input: string): void {
  for (const frame of from.output(output).frames.splice(0)) {
    to.input(input).frames.push(shareFrame(frame));
    frame.release();
  }
}

describe('WAV files', () => {
  const folder = useTemporaryFolder();

  for (const { name, format, tolerance } of [
    { name: '16-bit', format: ['-e', 'signed-integer', '-b', '16'], tolerance: 0 },
    { name: '24-bit', format: ['-e', 'signed-integer', '-b', '24'], tolerance: 0 },
    { name: '32-bit', format: ['-e', 'signed-integer', '-b', '32'], tolerance: 2 ** -24 },
    { name: 'float', format: ['-e', 'floating-point', '-b', '32'], tolerance: 0 },
    { name: 'six-channel extensible', format: ['-b', '24', '-c', '6'], tolerance: 0 },
  ]) {
    it(`reads the samples of a ${name} file as sox does`, async () => {
      const path = folder('made-by-sox.wav');
      sox(SPEECH, ...format, path);
      const want = soxSamples(path);
      const got = await readAll(path);
      assert.equal(got.length, want.length);
      const difference = got.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (want[i] as number))),
        0,
      );
      assert.ok(difference <= tolerance, `differs by ${difference}`);
    });
  }

  for (const format of ['pcm16', 'pcm24', 'pcm32', 'float32']) {
    for (const channels of [1, 2, 6]) {
      it(`writes ${channels} channels as ${format} so that sox reads the same`, async () => {
        const path = folder(`new/folder/${format}.wav`);
        const sink = new ProcessorHarness(WavFileSink, { config: { path, format } });
        await sink.setup();
        const values = Array.from({ length: 333 }, (_, i) => Math.round(Math.sin(i) * 32767) / 32768);
        for (let block = 0; block < 3; block++) {
          const shape = { channels, samples: 111, sampleRateHz: 22_050 };
          sink.feed('audio', AudioFrame.any, shape, (frame) => {
            for (let c = 0; c < channels; c++) {
              frame
                .channel(c)
                .set(values.slice(block * 111, (block + 1) * 111).map((value) => value / (c + 1)));
            }
          });
        }
        await sink.processAll();
        await sink.teardown();
        const got = soxSamples(path);
        assert.equal(got.length, 333 * channels);
        got.forEach((value, i) => {
          const want = (values[Math.floor(i / channels)] as number) / ((i % channels) + 1);
          assert.ok(
            Math.abs(value - want) <= 0.5 / 32768 + 2 ** -24,
            `sample ${i} must be ${want}, was ${value}`,
          );
        });
        assert.equal(sink.pool.inUse, 0);
      });
    }
  }

  it('source, gain and sink make a recording louder within one least significant bit', async () => {
    const path = folder('quieter.wav');
    const gain = 0.7;
    const { source } = await startSource({ path: SPEECH, pace: 'fast', block_frames: 441 });
    const middle = new ProcessorHarness(Gain, { config: { gain } });
    const sink = new ProcessorHarness(WavFileSink, { config: { path } });
    for (const part of [middle, sink]) await part.setup();
    while (!source.ended) {
      await source.process();
      move(source, 'audio', middle, 'audio_in');
      await middle.processAll();
      move(middle, 'audio_out', sink, 'audio');
      await sink.processAll();
    }
    for (const part of [source, middle, sink]) await part.teardown();
    const before = soxSamples(SPEECH);
    const after = soxSamples(path);
    assert.equal(after.length, SPEECH_SAMPLES);
    const worst = after.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (before[i] as number) * gain)),
      0,
    );
    assert.ok(worst <= 1 / 32768, `differs by ${worst * 32768} least significant bits`);
    assert.ok(after.some((value) => Math.abs(value) > 0.4));
  });
});

describe('WavFileSource', () => {
  const folder = useTemporaryFolder();

  it('plays at the pace of the clock, its last block shorter, and ends when that has sounded', async () => {
    const { source, clock } = await startSource({ path: SPEECH, block_frames: 3000 });
    const frames = source.output('audio').frames as AudioFrameView[];
    let elapsedMs = 0;
    for (; !source.ended; elapsedMs++) {
      await source.process();
      assert.equal(frames.length, Math.min(22, 1 + Math.floor(elapsedMs / 187.5)));
      clock.advanceMs(1);
    }
    assert.equal(elapsedMs, 4000 + 1);
    assert.equal(frames.at(-1)?.samples, SPEECH_SAMPLES - 21 * 3000);
    assert.equal(frames.at(-1)?.samplePosition, 21 * 3000);
  });

  it('starts again at the end and goes on counting when it loops', async () => {
    const config = { path: SPEECH, pace: 'fast', loop: true, block_frames: 60_000 };
    const { source } = await startSource(config);
    source.output('audio').credit = 4;
    await source.process();
    const frames = source.output('audio').frames as AudioFrameView[];
    assert.deepEqual(
      frames.map((frame) => [frame.samplePosition, frame.samples]),
      [
        [0, 60_000],
        [60_000, 4000],
        [64_000, 60_000],
        [124_000, 4000],
      ],
    );
    assert.equal(source.configure({ ...config, loop: false }, WavFileSource), true);
    source.output('audio').credit = Infinity;
    await source.process();
    assert.equal(source.ended, true);
    assert.equal(frames.length, 4);
  });

  it('waits for a link and for room on it', async () => {
    const { source } = await startSource({ path: SPEECH, pace: 'fast' });
    const output = source.output('audio');
    output.links = 0;
    await source.process();
    assert.equal(output.frames.length, 0);
    output.links = 1;
    output.credit = 2;
    await source.process();
    await source.process();
    assert.equal(output.frames.length, 2);
  });

  it('ends with a file that has no samples, also when it loops', async () => {
    const path = folder('empty.wav');
    sox('-n', '-r', '8000', '-b', '16', '-c', '1', path, 'trim', '0', '0');
    const { source } = await startSource({ path, loop: true });
    await source.process();
    assert.equal(source.ended, true);
    assert.equal(source.output('audio').frames.length, 0);
  });

  for (const { name, make, want } of [
    {
      name: 'a file that does not exist',
      make: () => {},
      want: /cannot read the WAV file .*input\.wav: ENOENT/,
    },
    { name: 'a folder', make: (path: string) => mkdirSync(path), want: /input\.wav: it is not a file/ },
    {
      name: 'another kind of file',
      make: (path: string) => writeFileSync(path, 'hello'),
      want: /input\.wav: it must begin with RIFF/,
    },
  ]) {
    it(`names ${name}`, async () => {
      const path = folder('input.wav');
      make(path);
      await assert.rejects(startSource({ path }), {
        code: 'SETUP_FAILED',
        path: 'config.path',
        message: want,
      });
    });
  }
});

describe('WavFileSink', () => {
  const folder = useTemporaryFolder();

  function feed(sink: ProcessorHarness, { channels = 1, sampleRateHz = 8000, value = 0.5 } = {}): void {
    sink.feed('audio', AudioFrame.any, { channels, samples: 100, sampleRateHz }, (frame) => {
      for (let c = 0; c < channels; c++) frame.channel(c).fill(value);
    });
  }

  async function startSink(config: JsonObject): Promise<ProcessorHarness> {
    const sink = new ProcessorHarness(WavFileSink, { config });
    await sink.setup();
    return sink;
  }

  it('leaves a file that can be played if it dies between two frames', async () => {
    const path = folder('out.wav');
    const copy = folder('as-after-a-crash.wav');
    const sink = await startSink({ path });
    for (let i = 1; i <= 3; i++) {
      feed(sink);
      await sink.process();
      copyFileSync(path, copy);
      assert.equal(soxSamples(copy).length, i * 100);
    }
    await sink.teardown();
  });

  for (const { name, change, want } of [
    {
      name: 'sample rate',
      change: { sampleRateHz: 44_100 },
      want: /the sample rate of .* is 8000 and cannot change, was 44100/,
    },
    {
      name: 'number of channels',
      change: { channels: 2 },
      want: /the number of channels of .* is 1 and cannot change, was 2/,
    },
  ]) {
    it(`refuses another ${name} and keeps what it has`, async () => {
      const path = folder('out.wav');
      const sink = await startSink({ path });
      feed(sink);
      feed(sink, change);
      await assert.rejects(sink.process(), { code: 'PROCESS_FAILED', message: want });
      await sink.teardown();
      assert.equal(soxSamples(path).length, 100);
      assert.equal(sink.pool.inUse, 0);
    });
  }

  it('counts the samples that it clips', async () => {
    const sink = await startSink({ path: folder('out.wav') });
    feed(sink, { value: 1.5 });
    feed(sink, { value: 1 });
    feed(sink, { value: -1.5 });
    await sink.processAll();
    await sink.teardown();
    assert.equal(sink.logs.at(-1)?.fields?.clipped_samples, 200);
    assert.equal(sink.logs.filter(({ level }) => level === 'warn').length, 2);
  });

  it('replaces the file of an earlier run', async () => {
    const path = folder('out.wav');
    writeFileSync(path, Buffer.alloc(100_000));
    const sink = await startSink({ path });
    feed(sink);
    await sink.processAll();
    await sink.teardown();
    assert.ok(readFileSync(path).length < 400);
  });

  it('names a file that cannot be written', async () => {
    writeFileSync(folder('file'), '');
    await assert.rejects(startSink({ path: folder('file/out.wav') }), {
      code: 'SETUP_FAILED',
      path: 'config.path',
      message: /cannot write the WAV file .*out\.wav: E/,
    });
  });

  it('says so when nothing arrived', async () => {
    const sink = await startSink({ path: folder('out.wav') });
    await sink.teardown();
    assert.equal(sink.logs[0]?.level, 'warn');
  });
});
