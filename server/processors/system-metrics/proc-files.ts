import type { ByteCounters, CpuTimes, Usage } from './system-counters.ts';

// The layout of these files: https://www.kernel.org/doc/html/latest/filesystems/proc.html and, for diskstats,
// https://www.kernel.org/doc/html/latest/admin-guide/iostats.html

/** The kernel counts sectors of 512 bytes, whatever the disk's own are. */
const SECTOR_BYTES = 512;

/** The times of /proc/stat: all processors together, and each. */
export function parseProcStat(text: string): { cpu: CpuTimes; cores: CpuTimes[] } {
  let cpu: CpuTimes = { busy: 0, total: 0 };
  const cores: CpuTimes[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu')) continue;
    const [name, ...fields] = line.trim().split(/\s+/);
    // NB: guest time is part of user time, so only the first eight fields add up to the total.
    const ticks = fields.slice(0, 8).map(Number);
    const total = ticks.reduce((sum, value) => sum + value, 0);
    const [, , , idle = 0, iowait = 0] = ticks;
    const times = { busy: total - idle - iowait, total };
    if (name === 'cpu') cpu = times;
    else cores.push(times);
  }
  return { cpu, cores };
}

/** Memory of /proc/meminfo: used is what programs cannot get without something being written out. */
export function parseMeminfo(text: string): Usage {
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) * 1024;
  const totalBytes = bytes('MemTotal');
  return { usedBytes: totalBytes - bytes('MemAvailable'), totalBytes };
}

/** The averages of /proc/loadavg. */
export function parseLoadavg(text: string): [number, number, number] {
  const [one = 0, five = 0, fifteen = 0] = text.split(' ').map(Number);
  return [one, five, fifteen];
}

/** Sums the interfaces of /proc/net/dev that `counts` accepts. */
export function parseNetDev(text: string, counts: (name: string) => boolean): ByteCounters {
  let inBytes = 0;
  let outBytes = 0;
  for (const line of text.split('\n')) {
    const [name, figures] = line.split(':');
    if (name === undefined || figures === undefined || !counts(name.trim())) continue;
    const fields = figures.trim().split(/\s+/).map(Number);
    inBytes += fields[0] ?? 0;
    outBytes += fields[8] ?? 0;
  }
  return { inBytes, outBytes };
}

/** Sums the devices of /proc/diskstats that `counts` accepts. */
export function parseDiskstats(text: string, counts: (name: string) => boolean): ByteCounters {
  let inBytes = 0;
  let outBytes = 0;
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 10 || !counts(fields[2] as string)) continue;
    inBytes += Number(fields[5]) * SECTOR_BYTES;
    outBytes += Number(fields[9]) * SECTOR_BYTES;
  }
  return { inBytes, outBytes };
}
