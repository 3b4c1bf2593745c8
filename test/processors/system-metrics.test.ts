import assert from 'node:assert/strict';
import os from 'node:os';
import { readPortableCounters } from '../../server/processors/system-metrics/portable.ts';
import SystemMetrics from '../../server/processors/system-metrics.ts';
import type { DataFrameView } from '../../server/runtime/frame/data-frame.ts';
import { ManualClock, ProcessorHarness } from '../support/processor-harness.ts';

/** Keeps this machine's first processors measurably busy. */
function burn(): number {
  let sum = 0;
  for (let i = 0; i < 60_000_000; i++) sum += i % 7;
  return sum;
}

describe('SystemMetrics', () => {
  it('measures this machine', async () => {
    const clock = new ManualClock();
    const harness = new ProcessorHarness(SystemMetrics, { clock });
    await harness.setup();
    assert.ok(burn() > 0);
    clock.advanceMs(1000);
    await harness.process();
    const [frame] = harness.output('data').frames as DataFrameView[];
    assert.ok(frame);
    const value = (name: string): number => frame.channel(name)[0] as number;
    assert.ok(value('cpu_percent') > 0 && value('cpu_percent') <= 100);
    const memory = os.totalmem();
    assert.ok(value('memory_used_bytes') > 0 && value('memory_used_bytes') < memory);
    assert.ok(Math.abs(value('memory_total_bytes') - memory) < memory / 100);
    assert.ok(value('disk_percent') > 0 && value('disk_percent') <= 100);
    const cores = frame.channelNames.filter((name) => /^cpu_\d+_percent$/.test(name));
    assert.equal(cores.length, os.cpus().length);
    assert.equal(frame.timestampUs, clock.utcUs());
  });

  it('gives a frame per period, numbered, the first one period after the start', async () => {
    const clock = new ManualClock();
    const harness = new ProcessorHarness(SystemMetrics, { clock, config: { rate_hz: 10 } });
    await harness.setup();
    await harness.process();
    assert.equal(harness.output('data').frames.length, 0);
    for (let i = 0; i < 50; i++) {
      clock.advanceMs(10);
      await harness.process();
    }
    const frames = harness.output('data').frames as DataFrameView[];
    assert.deepEqual(
      frames.map((frame) => frame.sequenceId),
      [0, 1, 2, 3, 4],
    );
  });

  it('takes a new rate live', async () => {
    const clock = new ManualClock();
    const harness = new ProcessorHarness(SystemMetrics, { clock });
    await harness.setup();
    assert.equal(harness.configure({ rate_hz: 50 }, SystemMetrics), true);
    clock.advanceMs(20);
    await harness.process();
    assert.equal(harness.output('data').frames.length, 1);
  });

  it('names a disk_path that does not exist', async () => {
    const harness = new ProcessorHarness(SystemMetrics, { config: { disk_path: '/no/such/path' } });
    await assert.rejects(harness.setup(), (error: Error & { code: string; path: string }) => {
      assert.equal(error.code, 'SETUP_FAILED');
      assert.equal(error.path, 'config.disk_path');
      assert.match(error.message, /"\/no\/such\/path".*ENOENT/);
      return true;
    });
  });

  it('has the figures that Node knows on every platform', () => {
    const counters = readPortableCounters(1, '.');
    assert.equal(counters.cores.length, os.cpus().length);
    assert.ok(counters.cpu.total > counters.cpu.busy && counters.cpu.busy > 0);
    assert.equal(counters.memory.totalBytes, os.totalmem());
    assert.ok((counters.fileSystem?.totalBytes ?? 0) > 0);
  });
});
