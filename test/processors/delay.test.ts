import assert from 'node:assert/strict';
import Delay from '../../server/processors/delay.ts';
import { mediaClock } from '../../server/runtime/clock.ts';
import { DataFrame, type DataFrameView, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type { JsonObject } from '../../server/runtime/json.ts';
import { ManualClock, ProcessorHarness } from '../support/processor-harness.ts';

const LAYOUT = dataLayout({ x: 1 });

function feed(harness: ProcessorHarness, ...ids: number[]): void {
  for (const id of ids) {
    harness.feed('data_in', DataFrame, LAYOUT, (frame) => {
      frame.sequenceId = id;
    });
  }
}

async function start(config: JsonObject): Promise<{ harness: ProcessorHarness; clock: ManualClock }> {
  const clock = new ManualClock();
  const harness = new ProcessorHarness(Delay, { config, clock });
  await harness.setup();
  return { harness, clock };
}

const passed = (harness: ProcessorHarness): number[] =>
  (harness.output('data_out').frames as DataFrameView[]).map((frame) => frame.sequenceId);

describe('Delay', () => {
  it('holds each frame for its time, in order', async () => {
    const { harness, clock } = await start({ delay_ms: 10 });
    feed(harness, 0, 1);
    await harness.process();
    clock.advanceMs(4);
    feed(harness, 2);
    await harness.process();
    assert.deepEqual(passed(harness), []);
    clock.advanceMs(6);
    await harness.process();
    assert.deepEqual(passed(harness), [0, 1]);
    clock.advanceMs(4);
    await harness.process();
    assert.deepEqual(passed(harness), [0, 1, 2]);
  });

  it('leaves in the link what it has no room for', async () => {
    const { harness } = await start({ delay_ms: 10, max_frames: 2 });
    feed(harness, 0, 1, 2);
    await harness.process();
    assert.equal(harness.input('data_in').queued, 1);
  });

  it('waits for room on its own link', async () => {
    const { harness, clock } = await start({ delay_ms: 1 });
    feed(harness, 0, 1, 2);
    await harness.process();
    clock.advanceMs(1);
    harness.output('data_out').credit = 2;
    await harness.process();
    assert.deepEqual(passed(harness), [0, 1]);
  });

  it('is busy for its time with each frame', async () => {
    const harness = new ProcessorHarness(Delay, { config: { delay_ms: 5, mode: 'busy' }, clock: mediaClock });
    await harness.setup();
    feed(harness, 0, 1);
    const startUs = mediaClock.nowUs();
    await harness.processAll();
    assert.ok(mediaClock.nowUs() - startUs >= 10_000);
    assert.deepEqual(passed(harness), [0, 1]);
  });

  it('passes what it holds before it is busy with more', async () => {
    const { harness, clock } = await start({ delay_ms: 0 });
    harness.output('data_out').credit = 0;
    feed(harness, 0, 1);
    await harness.process();
    assert.equal(harness.configure({ delay_ms: 0, mode: 'busy' }, Delay), true);
    harness.output('data_out').credit = 8;
    feed(harness, 2);
    clock.advanceMs(1);
    await harness.process();
    assert.deepEqual(passed(harness), [0, 1, 2]);
  });

  for (const { name, ended, want } of [
    { name: 'passes what it holds on when its input has ended', ended: true, want: [0, 1] },
    { name: 'drops what it holds when it is stopped', ended: false, want: [] },
  ]) {
    it(name, async () => {
      const { harness } = await start({ delay_ms: 1000 });
      feed(harness, 0, 1);
      await harness.process();
      harness.input('data_in').ended = ended;
      await harness.teardown();
      assert.deepEqual(passed(harness), want);
      assert.equal(harness.pool.inUse, want.length);
    });
  }
});
