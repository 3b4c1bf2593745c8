import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { soxSamples, soxStat } from '../support/sox.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const SPEECH = fileURLToPath(new URL('../fixtures/speech.wav', import.meta.url));
const SPEECH_SAMPLES = 64_000;
const GAIN = 0.6;

describe('a recording through the runtime', () => {
  const folder = useTemporaryFolder();

  for (const { name, lanes } of [
    { name: 'inside one lane', lanes: ['one', 'one', 'one'] },
    { name: 'over three lanes', lanes: ['one', 'two', 'three'] },
  ]) {
    it(`loses no sample ${name} and comes out as it went in times the gain`, async () => {
      await using test = await TestRuntime.create();
      const { runtime } = test;
      const add = (id: string, type: string, lane: string, config: JsonObject) =>
        runtime.addProcessor({ id, type, config, placement: { lane } });
      const [first, second, third] = lanes as [string, string, string];
      await add('source', 'WavFileSource', first, { path: SPEECH, pace: 'fast', block_frames: 100 });
      await add('gain', 'Gain', second, { gain: GAIN });
      await add('sink', 'WavFileSink', third, { path: folder('out.wav') });
      await add('meter', 'LevelMeter', third, { interval_ms: 4000 });
      await add('levels', 'JsonLinesSink', third, { path: folder('levels.jsonl') });
      const connect = async (from: string, fromPort: string, to: string, toPort: string): Promise<void> => {
        await runtime.connect(outputPort(from, fromPort), inputPort(to, toPort), {
          delivery: 'lossless',
          capacityFrames: 8,
        });
      };
      await connect('source', 'audio', 'gain', 'audio_in');
      await connect('gain', 'audio_out', 'sink', 'audio');
      await connect('gain', 'audio_out', 'meter', 'audio');
      await connect('meter', 'data', 'levels', 'data');
      await runtime.start();
      for (const id of ['sink', 'levels']) await test.until(id, 'stopped');

      const before = soxSamples(SPEECH);
      const after = soxSamples(folder('out.wav'));
      assert.equal(after.length, SPEECH_SAMPLES);
      const worst = after.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (before[i] as number) * GAIN)),
        0,
      );
      assert.ok(worst <= 1 / 32768, `differs by ${worst * 32768} least significant bits`);

      const [line] = readFileSync(folder('levels.jsonl'), 'utf8').trim().split('\n');
      const measuredDb = JSON.parse(line as string).payload.rms_db[0];
      const wantDb = 20 * Math.log10(soxStat(folder('out.wav'), 'RMS amplitude'));
      assert.ok(Math.abs(measuredDb - wantDb) < 0.1, `RMS must be ${wantDb} dB, was ${measuredDb}`);
    });
  }
});
