import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { useTemporaryFolder } from '../support/temporary-folder.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const FRAMES = 1000;

type Place = readonly [id: string, type: string, lane: string, config: JsonObject];
type Wire = readonly [from: string, fromPort: string, to: string, toPort: string];

/** Runs a graph over lossless links until a sink has everything, and checks that nothing failed. */
async function runTo(sink: string, places: readonly Place[], wires: readonly Wire[]): Promise<void> {
  await using test = await TestRuntime.create();
  for (const [id, type, lane, config] of places)
    await test.runtime.addProcessor({ id, type, config, placement: { lane } });
  for (const [from, fromPort, to, toPort] of wires)
    await test.runtime.connect(outputPort(from, fromPort), inputPort(to, toPort), { delivery: 'lossless' });
  await test.runtime.start();
  await test.until(sink, 'stopped');
  assert.deepEqual(test.payloads('processorFailed'), []);
}

const lines = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n');

describe('data frames through the runtime', () => {
  const folder = useTemporaryFolder();

  for (const { name, lanes } of [
    { name: 'inside one lane', lanes: ['one', 'one'] as const },
    { name: 'over two lanes', lanes: ['one', 'two'] as const },
  ]) {
    it(`come from a source that ends, through filters, to a table, ${name}`, async () => {
      const path = folder('rms.csv');
      const [front, back] = lanes;
      // One frame is one turn, and a peak of 0 dB changes nothing.
      const rate = { sample_rate_hz: 48_000 };
      await runTo(
        'table',
        [
          [
            'tone',
            'DataSineGenerator',
            front,
            { ...rate, frequency_hz: 750, samples: 64, pace: 'fast', frames: FRAMES },
          ],
          ['gain', 'DataGain', front, { gain: 2 }],
          ['filter', 'Biquad', back, { ...rate, kind: 'peaking', cutoff_hz: 1000 }],
          ['rms', 'Rms', back, {}],
          ['table', 'CsvSink', back, { path }],
        ],
        [
          ['tone', 'data', 'gain', 'data_in'],
          ['gain', 'data_out', 'filter', 'data_in'],
          ['filter', 'data_out', 'rms', 'data_in'],
          ['rms', 'data_out', 'table', 'data'],
        ],
      );
      const [header, ...records] = lines(path);
      assert.equal(header, 'timestamp_us,sequence_id,value');
      assert.equal(records.length, FRAMES);
      records.forEach((record, i) => {
        const [, sequence, rms] = record.split(',').map(Number);
        assert.equal(sequence, i);
        assert.ok(Math.abs((rms as number) - Math.SQRT2) < 1e-11, `the RMS of frame ${i} is ${rms}`);
      });
    });
  }

  it('come from two files, are joined by time and all arrive', async () => {
    const ticks = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify({ timestamp_us: i * 1000, payload: { x: i } }),
    );
    writeFileSync(folder('a.jsonl'), ticks.join('\n'));
    const rows = Array.from({ length: 1000 }, (_, i) => `${i * 500 + 100},${i}`);
    writeFileSync(folder('b.csv'), `t,y\n${rows.join('\n')}`);
    const path = folder('joined.jsonl');
    await runTo(
      'sink',
      [
        ['a', 'JsonLinesSource', 'files', { path: folder('a.jsonl') }],
        ['b', 'CsvSource', 'files', { path: folder('b.csv'), timestamp_column: 't', timestamp_unit: 'us' }],
        ['join', 'Align', 'work', { tolerance_us: 200 }],
        ['sink', 'JsonLinesSink', 'work', { path }],
      ],
      [
        ['a', 'data', 'join', 'data_a'],
        ['b', 'data', 'join', 'data_b'],
        ['join', 'data_out', 'sink', 'data'],
      ],
    );
    assert.deepEqual(
      lines(path).map((line) => JSON.parse(line).payload),
      ticks.map((_, i) => ({ x: [i], y: [2 * i] })),
    );
  });

  it('are made one for one where they are asked for, and end with those who ask', async () => {
    const asked = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({ timestamp_us: i * 10, sequence_id: 100 + i, payload: {} }),
    );
    writeFileSync(folder('asked.jsonl'), asked.join('\n'));
    const path = folder('answers.jsonl');
    await runTo(
      'sink',
      [
        ['ask', 'JsonLinesSource', 'files', { path: folder('asked.jsonl') }],
        ['constant', 'Constant', 'work', { values: { x: 3 }, samples: 2 }],
        ['sink', 'JsonLinesSink', 'work', { path }],
      ],
      [
        ['ask', 'data', 'constant', 'trigger'],
        ['constant', 'data', 'sink', 'data'],
      ],
    );
    assert.deepEqual(
      lines(path).map((line) => JSON.parse(line)),
      asked.map((_, i) => ({
        timestamp_us: i * 10,
        sequence_id: 100 + i,
        payload: { x: [3, 3] },
        metadata: {},
      })),
    );
  });
});
