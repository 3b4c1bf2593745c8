import assert from 'node:assert/strict';
import MovingAverage from '../../server/processors/moving-average.ts';
import Threshold from '../../server/processors/threshold.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import type { ProcessorClass } from '../../server/runtime/processor.ts';
import { ProcessorHarness } from '../support/processor-harness.ts';

async function start(type: ProcessorClass, config: JsonObject): Promise<ProcessorHarness> {
  const harness = new ProcessorHarness(type, { config });
  await harness.setup();
  return harness;
}

/** Feeds one frame for each entry: channel values by name. */
function feed(harness: ProcessorHarness, frames: Record<string, number[]>[]): void {
  frames.forEach((channels, index) => {
    const lengths = Object.fromEntries(Object.entries(channels).map(([name, { length }]) => [name, length]));
    harness.feed('data_in', DataFrame, dataLayout(lengths, { metadata: { unit: '%' } }), (frame) => {
      frame.sequenceId = index;
      frame.timestampUs = index * 1000;
      frame.monotonicNs = BigInt(index);
      for (const [name, values] of Object.entries(channels)) frame.channel(name).set(values);
    });
  });
}

function payloads(harness: ProcessorHarness): unknown[] {
  return harness.takeJson('data_out').map((frame) => (frame as JsonObject).payload);
}

describe('MovingAverage', () => {
  it('smooths every channel by itself, values of successive frames following one another', async () => {
    const harness = await start(MovingAverage, { window: 2 });
    feed(harness, [
      { x: [2, 4], y: [10] },
      { x: [6, 8], y: [20] },
    ]);
    await harness.processAll();
    assert.deepEqual(payloads(harness), [
      { x: [2, 3], y: [10] },
      { x: [5, 7], y: [15] },
    ]);
    assert.equal(harness.pool.inUse, 0);
  });

  it('smooths the chosen channels and passes the others', async () => {
    const harness = await start(MovingAverage, { window: 10, channels: ['y'] });
    feed(harness, [
      { x: [1], y: [1] },
      { x: [5], y: [5] },
    ]);
    await harness.processAll();
    assert.deepEqual(payloads(harness), [
      { x: [1], y: [1] },
      { x: [5], y: [3] },
    ]);
  });

  it('keeps time, sequence and metadata', async () => {
    const harness = await start(MovingAverage, {});
    feed(harness, [{ x: [1] }, { x: [1] }]);
    await harness.processAll();
    const second = harness.output('data_out').frames[1];
    assert.equal(second?.monotonicNs, 1n);
    assert.deepEqual(harness.takeJson('data_out')[1], {
      timestamp_us: 1000,
      sequence_id: 1,
      payload: { x: [1] },
      metadata: { unit: '%' },
    });
  });

  it('goes on with a new window and a new choice of channels', async () => {
    const harness = await start(MovingAverage, { window: 4 });
    feed(harness, [{ x: [8] }]);
    await harness.processAll();
    assert.equal(harness.configure({ window: 4, channels: ['x'] }, MovingAverage), true);
    feed(harness, [{ x: [4] }]);
    await harness.processAll();
    assert.equal(harness.configure({ window: 2, channels: ['x'] }, MovingAverage), true);
    feed(harness, [{ x: [1] }]);
    await harness.processAll();
    assert.deepEqual(payloads(harness), [{ x: [8] }, { x: [6] }, { x: [2.5] }]);
  });
});

describe('Threshold', () => {
  const exceeded = 'threshold_exceeded';
  const cleared = 'threshold_cleared';
  for (const { name, config, values, want } of [
    {
      name: 'tells once that a value is above',
      config: { limit: 5 },
      values: [4, 5, 6, 7],
      want: [[exceeded, 6]],
    },
    {
      name: 'tells when it is back',
      config: { limit: 5 },
      values: [6, 5, 4, 6],
      want: [
        [exceeded, 6],
        [cleared, 5],
        [exceeded, 6],
      ],
    },
    {
      name: 'waits for the hysteresis',
      config: { limit: 5, hysteresis: 2 },
      values: [6, 4, 3.1, 6, 3, 5],
      want: [
        [exceeded, 6],
        [cleared, 3],
      ],
    },
    {
      name: 'watches for values below',
      config: { limit: 5, condition: 'below', hysteresis: 1 },
      values: [5, 4, 5.5, 6],
      want: [
        [exceeded, 4],
        [cleared, 6],
      ],
    },
    {
      name: 'takes no number for neither',
      config: { limit: 5 },
      values: [NaN, 6, NaN, 4],
      want: [
        [exceeded, 6],
        [cleared, 4],
      ],
    },
  ]) {
    it(name, async () => {
      const harness = await start(Threshold, { channel: 'cpu', ...config });
      feed(
        harness,
        values.map((value) => ({ cpu: [value] })),
      );
      await harness.processAll();
      assert.deepEqual(
        harness.events.map(({ event }) => [event.name, event.data?.value]),
        want,
      );
    });
  }

  it('judges every value of a frame and says which it was', async () => {
    const harness = await start(Threshold, { channel: 'cpu', limit: 5 });
    feed(harness, [{ cpu: [1] }, { cpu: [2, 9, 3] }]);
    await harness.processAll();
    const data = { channel: 'cpu', limit: 5, condition: 'above', timestamp_us: 1000, sequence_id: 1 };
    assert.deepEqual(harness.events, [
      { topic: 'processor:under-test', event: { name: exceeded, data: { ...data, value: 9 } } },
      { topic: 'processor:under-test', event: { name: cleared, data: { ...data, value: 3 } } },
    ]);
  });

  it('passes frames unchanged', async () => {
    const harness = await start(Threshold, { channel: 'cpu', limit: 5 });
    feed(harness, [{ cpu: [9], load: [1, 2] }]);
    await harness.processAll();
    assert.equal(harness.pool.inUse, 1);
    assert.deepEqual(payloads(harness), [{ cpu: [9], load: [1, 2] }]);
  });

  it('takes a new limit live and remembers on which side it is', async () => {
    const harness = await start(Threshold, { channel: 'cpu', limit: 5 });
    feed(harness, [{ cpu: [9] }]);
    await harness.processAll();
    assert.equal(harness.configure({ channel: 'cpu', limit: 10 }, Threshold), true);
    feed(harness, [{ cpu: [9] }]);
    await harness.processAll();
    assert.deepEqual(
      harness.events.map(({ event }) => event.name),
      [exceeded, cleared],
    );
  });

  it('names the channels there are when its own is missing', async () => {
    const harness = await start(Threshold, { channel: 'cpuu', limit: 5 });
    feed(harness, [{ cpu: [9], load: [1] }]);
    await assert.rejects(harness.process(), {
      code: 'PROCESS_FAILED',
      path: 'config.channel',
      message: 'config.channel must be one of cpu, load, was "cpuu"',
    });
    assert.equal(harness.pool.inUse, 0);
  });
});
