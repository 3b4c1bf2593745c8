import assert from 'node:assert/strict';
import LogSink from '../../server/processors/log-sink.ts';
import NullSink from '../../server/processors/null-sink.ts';
import { AudioFrame } from '../../server/runtime/frame/audio-frame.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { ProcessorClass } from '../../server/runtime/processor.ts';
import { ProcessorHarness } from '../support/processor-harness.ts';

const LAYOUT = dataLayout({ cpu: 1 });

function feedData(harness: ProcessorHarness, count: number): void {
  for (let i = 0; i < count; i++) {
    harness.feed('data', DataFrame, LAYOUT, (frame) => {
      frame.sequenceId = i;
      frame.channel('cpu')[0] = i * 10;
    });
  }
}

async function start(type: ProcessorClass, config: JsonObject = {}): Promise<ProcessorHarness> {
  const harness = new ProcessorHarness(type, { config });
  await harness.setup();
  return harness;
}

describe('NullSink', () => {
  it('releases frames of any type and tells their number when it stops', async () => {
    const harness = await start(NullSink);
    feedData(harness, 2);
    harness.feed('data', AudioFrame.any, { channels: 1, samples: 8, sampleRateHz: 8000 }, () => {});
    await harness.processAll();
    assert.equal(harness.pool.inUse, 0);
    await harness.teardown();
    assert.deepEqual(
      harness.logs.map((line) => line.fields),
      [{ frames: 3 }],
    );
  });
});

describe('LogSink', () => {
  it('logs a frame as JSON', async () => {
    const harness = await start(LogSink, { label: 'load' });
    feedData(harness, 1);
    await harness.processAll();
    const frame = { timestamp_us: 0, sequence_id: 0, payload: { cpu: [0] }, metadata: {} };
    const fields = { frame_type: 'DataFrame', byte_length: LAYOUT.byteLength, frame };
    assert.deepEqual(harness.logs, [{ level: 'info', message: 'load', fields }]);
    assert.equal(harness.pool.inUse, 0);
  });

  for (const { every, want } of [
    { every: 1, want: [0, 1, 2, 3, 4, 5, 6] },
    { every: 3, want: [0, 3, 6] },
    { every: 100, want: [0] },
  ]) {
    it(`logs each ${every}. frame`, async () => {
      const harness = await start(LogSink, { every });
      feedData(harness, 7);
      await harness.processAll();
      const logged = harness.logs.map(({ fields }) => (fields as { frame: JsonObject }).frame.sequence_id);
      assert.deepEqual(logged, want);
    });
  }

  it('logs only type and size of a frame over the limit', async () => {
    const harness = await start(LogSink);
    harness.feed('data', AudioFrame.any, { channels: 1, samples: 1024, sampleRateHz: 8000 }, () => {});
    await harness.processAll();
    assert.deepEqual(harness.logs[0]?.fields, { frame_type: 'AudioFrame<*>', byte_length: 40 + 4096 });
  });

  it('takes a new config live', async () => {
    const harness = await start(LogSink);
    assert.equal(harness.configure({ every: 2, label: 'second' }, LogSink), true);
    feedData(harness, 2);
    await harness.processAll();
    assert.deepEqual(
      harness.logs.map((line) => line.message),
      ['second'],
    );
  });
});
