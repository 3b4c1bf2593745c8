import os from 'node:os';
import { fileSystemUsage } from './file-system-usage.ts';
import type { CpuTimes, ReadSystemCounters } from './system-counters.ts';

/** Counters that Node has on every platform: no network or disk traffic. */
export const readPortableCounters: ReadSystemCounters = (monotonicUs, diskPath) => {
  const cores = os.cpus().map(({ times }): CpuTimes => {
    const total = times.user + times.nice + times.sys + times.idle + times.irq;
    return { busy: total - times.idle, total };
  });
  const [one = 0, five = 0, fifteen = 0] = os.loadavg();
  const totalBytes = os.totalmem();
  return {
    monotonicUs,
    cpu: {
      busy: cores.reduce((sum, core) => sum + core.busy, 0),
      total: cores.reduce((sum, core) => sum + core.total, 0),
    },
    cores,
    ...(process.platform === 'win32' ? {} : { load: [one, five, fifteen] as const }),
    memory: { usedBytes: totalBytes - os.freemem(), totalBytes },
    fileSystem: fileSystemUsage(diskPath),
  };
};
