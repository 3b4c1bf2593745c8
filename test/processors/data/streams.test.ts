import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import Align from '../../../server/processors/align.ts';
import Biquad from '../../../server/processors/biquad.ts';
import CsvSink from '../../../server/processors/csv-sink.ts';
import CsvSource from '../../../server/processors/csv-source.ts';
import FirFilter from '../../../server/processors/fir-filter.ts';
import JsonLinesSink from '../../../server/processors/json-lines-sink.ts';
import JsonLinesSource from '../../../server/processors/json-lines-source.ts';
import Sum from '../../../server/processors/sum.ts';
import ZScoreAnomaly from '../../../server/processors/zscore-anomaly.ts';
import { DataFrame, dataLayout } from '../../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import type { ProcessorClass } from '../../../server/runtime/processor.ts';
import { ManualClock, ProcessorHarness } from '../../support/processor-harness.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

interface FrameOfTest {
  readonly timestampUs?: number;
  readonly payload: Readonly<Record<string, readonly number[]>>;
}

async function start(type: ProcessorClass, config: JsonObject): Promise<ProcessorHarness> {
  const harness = new ProcessorHarness(type, { config });
  await harness.setup();
  return harness;
}

function feed(harness: ProcessorHarness, input: string, frames: readonly FrameOfTest[]): void {
  frames.forEach(({ timestampUs = 0, payload }, index) => {
    const lengths = Object.fromEntries(Object.entries(payload).map(([name, { length }]) => [name, length]));
    harness.feed(input, DataFrame, dataLayout(lengths, { metadata: { unit: 'V' } }), (frame) => {
      frame.sequenceId = index;
      frame.timestampUs = timestampUs;
      for (const [name, values] of Object.entries(payload)) frame.channel(name).set(values);
    });
  });
}

const payloads = (harness: ProcessorHarness, output = 'data_out'): unknown[] =>
  harness.takeJson(output).map((frame) => (frame as JsonObject).payload);

describe('Align', () => {
  const at = (timestampUs: number, payload: FrameOfTest['payload']): FrameOfTest => ({
    timestampUs,
    payload,
  });

  /** pandas.merge_asof(a, b, on='t', direction='nearest', tolerance=10) of the same frames gives the same. */
  const A = [at(0, { x: [1] }), at(100, { x: [2] }), at(205, { x: [3] }), at(300, { x: [4] })];
  const B = [
    at(5, { y: [10] }),
    at(95, { y: [20] }),
    at(105, { y: [30] }),
    at(215, { y: [40] }),
    at(400, { y: [50] }),
  ];

  it('gives each frame the nearest one within the tolerance, the earlier of two', async () => {
    const harness = await start(Align, { tolerance_us: 10 });
    feed(harness, 'data_a', A);
    feed(harness, 'data_b', B);
    await harness.process();
    assert.deepEqual(payloads(harness), [
      { x: [1], y: [10] },
      { x: [2], y: [20] },
      { x: [3], y: [40] },
    ]);
    await harness.teardown();
    assert.equal(harness.pool.inUse, 0);
    assert.deepEqual(
      harness.logs.map(({ message, fields }) => [message, fields]),
      [['frames of data_a had no partner in data_b', { frames: 1 }]],
    );
  });

  it('passes those without a partner where it is told to, and names channels of both apart', async () => {
    const harness = await start(Align, { tolerance_us: 10, unmatched: 'pass' });
    feed(harness, 'data_a', [at(0, { x: [1] }), at(50, { x: [2] })]);
    feed(harness, 'data_b', [at(0, { x: [7] }), at(90, { x: [8] })]);
    await harness.process();
    assert.deepEqual(payloads(harness), [{ x: [1], 'b.x': [7] }, { x: [2] }]);
    await harness.teardown();
  });

  it('waits for the other stream as long as it is told to, and holds no more than max_waiting frames', async () => {
    const clock = new ManualClock();
    const config = { tolerance_us: 10, max_waiting: 2, timeout_ms: 50, unmatched: 'pass' };
    const harness = new ProcessorHarness(Align, { config, clock });
    await harness.setup();
    feed(harness, 'data_a', A.slice(0, 3));
    await harness.process();
    clock.advanceMs(49);
    await harness.process();
    assert.deepEqual(payloads(harness), []);
    assert.equal(harness.input('data_a').queued, 1);
    clock.advanceMs(1);
    await harness.process();
    assert.deepEqual(payloads(harness), [{ x: [1] }, { x: [2] }]);
    await harness.process();
    feed(harness, 'data_b', B.slice(2, 4));
    await harness.process();
    assert.deepEqual(payloads(harness), [{ x: [3], y: [40] }]);
    await harness.teardown();
    assert.equal(harness.pool.inUse, 0);
  });

  it('finds its partner behind any number of frames that are too early', async () => {
    const harness = await start(Align, { tolerance_us: 10, max_waiting: 4 });
    const early = Array.from({ length: 20 }, (_, i) => at(i * 10, { y: [i] }));
    feed(harness, 'data_b', early);
    await harness.process();
    feed(harness, 'data_a', [at(181, { x: [1] })]);
    await harness.process();
    assert.deepEqual(payloads(harness), [{ x: [1], y: [18] }]);
    await harness.teardown();
    for (const frame of harness.input('data_b').frames) frame.release();
    assert.equal(harness.pool.inUse, 0);
  });

  it('lets the other stream come to its end when its own has ended', async () => {
    const harness = await start(Align, { tolerance_us: 10, max_waiting: 4 });
    feed(harness, 'data_b', B);
    harness.input('data_a').ended = true;
    await harness.process();
    assert.equal(harness.input('data_b').queued, 0);
    await harness.teardown();
    assert.equal(harness.pool.inUse, 0);
  });

  it('keeps apart what both call alike, whatever else there is', async () => {
    const harness = await start(Align, { tolerance_us: 10 });
    feed(harness, 'data_a', [at(0, { x: [1], 'b.x': [2] })]);
    feed(harness, 'data_b', [at(0, { x: [3] })]);
    await harness.process();
    assert.deepEqual(payloads(harness), [{ x: [1], 'b.x': [2], 'b.b.x': [3] }]);
    await harness.teardown();
  });

  it('joins what waits when the other stream has ended', async () => {
    const harness = await start(Align, { tolerance_us: 10 });
    feed(harness, 'data_a', [at(8, { x: [1] })]);
    feed(harness, 'data_b', [at(5, { y: [10] })]);
    await harness.process();
    assert.deepEqual(payloads(harness), []);
    harness.input('data_b').ended = true;
    await harness.process();
    assert.deepEqual(payloads(harness), [{ x: [1], y: [10] }]);
    await harness.teardown();
    assert.equal(harness.pool.inUse, 0);
  });
});

describe('filters', () => {
  it('go on after a value that is none', async () => {
    const harness = await start(Biquad, { cutoff_hz: 1, sample_rate_hz: 10 });
    const clean = await start(Biquad, { cutoff_hz: 1, sample_rate_hz: 10 });
    feed(harness, 'data_in', [{ payload: { x: [1, NaN, 2] } }]);
    feed(clean, 'data_in', [{ payload: { x: [1, 2] } }]);
    await harness.processAll();
    await clean.processAll();
    const [first, , third] = (payloads(harness)[0] as { x: number[] }).x;
    assert.deepEqual([{ x: [first, third] }], payloads(clean));
  });

  it('keep for a restart what a state has room for, and else nothing', async () => {
    const config = { cutoff_hz: 1, sample_rate_hz: 10, taps: 1001 };
    const harness = await start(FirFilter, config);
    feed(harness, 'data_in', [{ payload: { x: [1], y: [1], z: [1] } }]);
    await harness.processAll();
    const state = harness.checkpoint();
    const restarted = await start(FirFilter, config);
    restarted.restore(state, { processorType: 'FirFilter', typeVersion: 1 });
    assert.deepEqual(restarted.checkpoint(), state);
    feed(restarted, 'data_in', [{ payload: { w: [1] } }]);
    await restarted.processAll();
    assert.equal(restarted.checkpoint(), undefined);
  });

  it('go on over a restart as if there had been none', async () => {
    const whole = await start(Biquad, { cutoff_hz: 1, sample_rate_hz: 10 });
    const before = await start(Biquad, { cutoff_hz: 1, sample_rate_hz: 10 });
    const after = await start(Biquad, { cutoff_hz: 1, sample_rate_hz: 10 });
    feed(whole, 'data_in', [{ payload: { x: [1, 2] } }, { payload: { x: [3, 4] } }]);
    feed(before, 'data_in', [{ payload: { x: [1, 2] } }]);
    await whole.processAll();
    await before.processAll();
    after.restore(before.checkpoint(), { processorType: 'Biquad', typeVersion: 1 });
    feed(after, 'data_in', [{ payload: { x: [3, 4] } }]);
    await after.processAll();
    assert.deepEqual([...payloads(before), ...payloads(after)], payloads(whole));
  });

  it('refuse a corner that the sample rate cannot show', async () => {
    await assert.rejects(start(Biquad, { cutoff_hz: 5, sample_rate_hz: 10 }), {
      code: 'SETUP_FAILED',
      path: 'config.cutoff_hz',
      message: 'config.cutoff_hz must be below half of sample_rate_hz (5), was 5',
    });
  });
});

describe('combinations', () => {
  it('name the channels there are when one is missing', async () => {
    const harness = await start(Sum, { channels: ['x', 'z'] });
    feed(harness, 'data_in', [{ payload: { x: [1], y: [2] } }]);
    await assert.rejects(harness.process(), {
      code: 'FIELD_INVALID',
      message: 'channel must be one of x, y, was "z"',
    });
    assert.equal(harness.pool.inUse, 0);
  });

  it('refuse channels of different lengths', async () => {
    const harness = await start(Sum, {});
    feed(harness, 'data_in', [{ payload: { x: [1], y: [2, 3] } }]);
    await assert.rejects(harness.process(), {
      code: 'PROCESS_FAILED',
      message: 'channels that are combined must have one length: x has 1 values, not 2',
    });
    assert.equal(harness.pool.inUse, 0);
  });
});

describe('ZScoreAnomaly', () => {
  it('refuses to wait for more values than its window holds', async () => {
    await assert.rejects(start(ZScoreAnomaly, { channel: 'x', window: 5, min_values: 6 }), {
      code: 'SETUP_FAILED',
      path: 'config.min_values',
      message: 'config.min_values must be at most config.window (5), was 6',
    });
  });

  it('publishes what is beyond the threshold', async () => {
    const harness = await start(ZScoreAnomaly, { channel: 'x', window: 10, min_values: 4, threshold: 3 });
    feed(harness, 'data_in', [{ payload: { x: [1, 2, 1, 2, 1.5, 50, NaN, 2] }, timestampUs: 7 }]);
    await harness.processAll();
    assert.deepEqual(
      harness.events.map(({ topic, event: { name, data } }) => [
        topic,
        name,
        data?.value,
        data?.timestamp_us,
      ]),
      [['processor:under-test', 'anomaly', 50, 7]],
    );
    const [{ 'x.z': scores }] = payloads(harness) as [{ 'x.z': number[] }];
    assert.deepEqual(
      scores.map((score) => Number.isNaN(score)),
      [true, true, true, true, false, false, true, false],
    );
    assert.equal(scores[4], 0);
  });
});

describe('files of frames', () => {
  const inFolder = useTemporaryFolder();

  it('CsvSink writes what CsvSource reads, and goes on with a file of the same columns', async () => {
    const path = inFolder('made/values.csv');
    for (const payload of [
      { x: [1, 2.5], 'y,"z"': [NaN, -4] },
      { x: [5], 'y,"z"': [6] },
    ]) {
      const sink = await start(CsvSink, { path });
      feed(sink, 'data', [{ payload, timestampUs: 1_700_000_000_000_000 }]);
      await sink.processAll();
      await sink.teardown();
    }
    assert.equal(
      readFileSync(path, 'utf8'),
      'timestamp_us,sequence_id,x,"y,""z"""\n1700000000000000,0,1,\n1700000000000000,0,2.5,-4\n1700000000000000,0,5,6\n',
    );
    const source = await start(CsvSource, { path, timestamp_column: 'timestamp_us', timestamp_unit: 'us' });
    await source.processToEnd();
    await source.teardown();
    assert.deepEqual(
      source
        .takeJson('data')
        .map((frame) => [(frame as JsonObject).timestamp_us, (frame as JsonObject).payload]),
      [
        [1_700_000_000_000_000, { sequence_id: [0], x: [1], 'y,"z"': [NaN] }],
        [1_700_000_000_000_000, { sequence_id: [0], x: [2.5], 'y,"z"': [-4] }],
        [1_700_000_000_000_000, { sequence_id: [0], x: [5], 'y,"z"': [6] }],
      ],
    );
  });

  it('CsvSink leaves a file with other columns as it is', async () => {
    const path = inFolder('other.csv');
    writeFileSync(path, 'a,b\n1,2\n');
    const sink = await start(CsvSink, { path });
    feed(sink, 'data', [{ payload: { x: [1] } }]);
    await assert.rejects(sink.processAll(), {
      code: 'PROCESS_FAILED',
      message: /its header must be "timestamp_us,sequence_id,x", the file begins with "a,b\\n1,2"/,
    });
    await sink.teardown();
    assert.equal(readFileSync(path, 'utf8'), 'a,b\n1,2\n');
  });

  it('CsvSink names the channels of a frame that has others', async () => {
    const sink = await start(CsvSink, { path: inFolder('two.csv') });
    feed(sink, 'data', [{ payload: { x: [1] } }, { payload: { y: [1] } }]);
    await assert.rejects(sink.processAll(), { message: /must be x, as in the first one, were y/ });
    await sink.teardown();
    assert.equal(sink.pool.inUse, 0);
  });

  it('JsonLinesSource reads what JsonLinesSink writes, gzip as well', async () => {
    const path = inFolder('frames.jsonl');
    const sink = await start(JsonLinesSink, { path });
    const frames: FrameOfTest[] = [
      { payload: { x: [1, 2.5], y: [] }, timestampUs: 5 },
      { payload: { z: [-0.25] }, timestampUs: 6 },
    ];
    feed(sink, 'data', frames);
    await sink.processAll();
    await sink.teardown();
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    for (const file of [path, `${path}.gz`]) {
      const source = await start(JsonLinesSource, { path: file });
      await source.processToEnd();
      await source.teardown();
      assert.deepEqual(
        source.takeJson('data'),
        frames.map(({ payload, timestampUs }, i) => ({
          timestamp_us: timestampUs,
          sequence_id: i,
          payload,
          metadata: { unit: 'V' },
        })),
      );
      assert.equal(source.pool.inUse, 0);
    }
  });

  for (const { text, message } of [
    { text: 'no json', message: /line 2: / },
    { text: '[]', message: /line 2: a line must be an object, was \[\]/ },
    { text: '{}', message: /line 2: payload must be an object, was undefined/ },
    { text: '{"payload":{"x":["1"]}}', message: /line 2: payload\.x must be numbers, was "1"/ },
    { text: '{"payload":{},"metadata":{"a":1}}', message: /line 2: metadata\.a must be text, was 1/ },
    {
      text: '{"payload":{},"timestamp_us":"now"}',
      message: /line 2: timestamp_us must be a number, was "now"/,
    },
  ]) {
    it(`JsonLinesSource names the line of ${text}, or skips and counts it`, async () => {
      const path = inFolder('broken.jsonl');
      writeFileSync(path, `{"payload":{"x":1}}\n${text}\n{"payload":{"x":[null,2]}}`);
      const strict = await start(JsonLinesSource, { path });
      await assert.rejects(strict.processToEnd(), { code: 'PROCESS_FAILED', path: 'config.path', message });
      await strict.teardown();
      const lenient = await start(JsonLinesSource, { path, on_error: 'skip' });
      await lenient.processToEnd();
      await lenient.teardown();
      assert.deepEqual(payloads(lenient, 'data'), [{ x: [1] }, { x: [NaN, 2] }]);
      assert.deepEqual(
        lenient.logs.map(({ fields }) => fields),
        [
          { path, line: 2 },
          { path, lines: 1 },
        ],
      );
    });
  }
});
