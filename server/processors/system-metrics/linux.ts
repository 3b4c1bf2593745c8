import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileSystemUsage } from './file-system-usage.ts';
import { parseDiskstats, parseLoadavg, parseMeminfo, parseNetDev, parseProcStat } from './proc-files.ts';
import type { ReadSystemCounters } from './system-counters.ts';

/** Block devices that are not disks of their own, so that no byte counts twice. */
const DERIVED_DEVICE = /^(loop|ram|zram|dm-|md|sr|fd)\d/;

/** Counters from /proc and /sys. What a sandbox hides is absent from the result. */
export const readLinuxCounters: ReadSystemCounters = (monotonicUs, diskPath) => ({
  monotonicUs,
  ...parseProcStat(read('/proc/stat')),
  load: parseLoadavg(read('/proc/loadavg')),
  memory: parseMeminfo(read('/proc/meminfo')),
  network: ifPresent(() => parseNetDev(read('/proc/net/dev'), networkFilter())),
  disk: ifPresent(() => parseDiskstats(read('/proc/diskstats'), diskFilter())),
  fileSystem: fileSystemUsage(diskPath),
});

function read(path: string): string {
  return readFileSync(path, 'latin1');
}

function ifPresent<Value>(readValue: () => Value): Value | undefined {
  try {
    return readValue();
  } catch {
    return undefined;
  }
}

/** Interfaces with hardware behind them; inside a container, which has none, all but loopback. */
function networkFilter(): (name: string) => boolean {
  const names = readdirSync('/sys/class/net').filter((name) => name !== 'lo');
  const physical = names.filter((name) => existsSync(`/sys/class/net/${name}/device`));
  const counted = new Set(physical.length > 0 ? physical : names);
  return (name) => counted.has(name);
}

/** Whole disks: partitions are not listed in /sys/block. */
function diskFilter(): (name: string) => boolean {
  const disks = new Set(readdirSync('/sys/block').filter((name) => !DERIVED_DEVICE.test(name)));
  return (name) => disks.has(name);
}
