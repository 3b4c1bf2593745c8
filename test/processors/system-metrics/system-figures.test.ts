import assert from 'node:assert/strict';
import type { SystemCounters } from '../../../server/processors/system-metrics/system-counters.ts';
import { systemFigures } from '../../../server/processors/system-metrics/system-figures.ts';

const BEFORE: SystemCounters = {
  monotonicUs: 5_000_000,
  cpu: { busy: 100, total: 1000 },
  cores: [
    { busy: 60, total: 500 },
    { busy: 40, total: 500 },
  ],
  load: [0.1, 0.2, 0.3],
  memory: { usedBytes: 10, totalBytes: 40 },
  network: { inBytes: 1000, outBytes: 2000 },
  disk: { inBytes: 0, outBytes: 512 },
  fileSystem: { usedBytes: 50, totalBytes: 200 },
};

const AFTER: SystemCounters = {
  ...BEFORE,
  monotonicUs: 7_000_000,
  cpu: { busy: 150, total: 1200 },
  cores: [
    { busy: 60, total: 600 },
    { busy: 90, total: 600 },
  ],
  network: { inBytes: 5000, outBytes: 2000 },
  disk: { inBytes: 1024, outBytes: 0 },
};

describe('systemFigures', () => {
  it('gives the figures of the time between two readings', () => {
    assert.deepEqual(systemFigures(BEFORE, AFTER), {
      cpu_percent: 25,
      cpu_0_percent: 0,
      cpu_1_percent: 50,
      load_1m: 0.1,
      load_5m: 0.2,
      load_15m: 0.3,
      memory_used_bytes: 10,
      memory_total_bytes: 40,
      memory_percent: 25,
      network_rx_bytes_per_s: 2000,
      network_tx_bytes_per_s: 0,
      disk_read_bytes_per_s: 512,
      // A counter that fell belongs to a disk that was taken away.
      disk_write_bytes_per_s: 0,
      disk_used_bytes: 50,
      disk_total_bytes: 200,
      disk_percent: 25,
    });
  });

  it('leaves out what the platform does not tell', () => {
    const { monotonicUs, cpu, cores, memory } = BEFORE;
    const bare = { monotonicUs, cpu, cores, memory };
    const names = Object.keys(systemFigures(bare, { ...bare, monotonicUs: 9_000_000 }));
    const want = ['cpu_percent', 'cpu_0_percent', 'cpu_1_percent'];
    assert.deepEqual(names, [...want, 'memory_used_bytes', 'memory_total_bytes', 'memory_percent']);
  });

  for (const { name, cpu, want } of [
    { name: 'no time passed', cpu: { busy: 100, total: 1000 }, want: 0 },
    { name: 'idle time ran backwards', cpu: { busy: 120, total: 1010 }, want: 100 },
    { name: 'busy time ran backwards', cpu: { busy: 90, total: 1010 }, want: 0 },
  ]) {
    it(`keeps the percentage between 0 and 100 when ${name}`, () => {
      assert.equal(systemFigures(BEFORE, { ...AFTER, cpu }).cpu_percent, want);
    });
  }

  it('counts a core that was just switched on as idle', () => {
    const figures = systemFigures(BEFORE, { ...AFTER, cores: [...AFTER.cores, { busy: 7, total: 9 }] });
    assert.equal(figures.cpu_2_percent, 0);
  });
});
