import type { ByteCounters, CpuTimes, SystemCounters, Usage } from './system-counters.ts';

/** The figures of the time between two readings, by channel name. */
export function systemFigures(before: SystemCounters, now: SystemCounters): Record<string, number> {
  const seconds = (now.monotonicUs - before.monotonicUs) / 1e6;
  return {
    cpu_percent: busyPercent(before.cpu, now.cpu),
    ...coreFigures(before.cores, now.cores),
    ...loadFigures(now.load),
    ...usageFigures('memory', now.memory),
    ...rateFigures('network', 'rx', 'tx', seconds, before.network, now.network),
    ...rateFigures('disk', 'read', 'write', seconds, before.disk, now.disk),
    ...(now.fileSystem === undefined ? {} : usageFigures('disk', now.fileSystem)),
  };
}

function busyPercent(before: CpuTimes, now: CpuTimes): number {
  const total = now.total - before.total;
  // Linux lets iowait run backwards, and a reading may come too soon for its clock to have ticked.
  return total > 0 ? Math.min(100, Math.max(0, ((now.busy - before.busy) / total) * 100)) : 0;
}

function coreFigures(before: readonly CpuTimes[], now: readonly CpuTimes[]): Record<string, number> {
  const figures: Record<string, number> = {};
  now.forEach((core, index) => {
    figures[`cpu_${index}_percent`] = busyPercent(before[index] ?? core, core);
  });
  return figures;
}

function loadFigures(load: SystemCounters['load']): Record<string, number> {
  return load === undefined ? {} : { load_1m: load[0], load_5m: load[1], load_15m: load[2] };
}

function usageFigures(name: string, { usedBytes, totalBytes }: Usage): Record<string, number> {
  return {
    [`${name}_used_bytes`]: usedBytes,
    [`${name}_total_bytes`]: totalBytes,
    [`${name}_percent`]: totalBytes > 0 ? (usedBytes / totalBytes) * 100 : 0,
  };
}

function rateFigures(
  name: string,
  inName: string,
  outName: string,
  seconds: number,
  before: ByteCounters | undefined,
  now: ByteCounters | undefined,
): Record<string, number> {
  if (before === undefined || now === undefined || seconds <= 0) return {};
  // A counter that fell belongs to a device that went away.
  const rate = (from: number, to: number): number => Math.max(0, to - from) / seconds;
  return {
    [`${name}_${inName}_bytes_per_s`]: rate(before.inBytes, now.inBytes),
    [`${name}_${outName}_bytes_per_s`]: rate(before.outBytes, now.outBytes),
  };
}
