/** Time that processors spent, in any unit that all readings share. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** Bytes that went through since the machine started. */
export interface ByteCounters {
  readonly inBytes: number;
  readonly outBytes: number;
}

/** How full something is. */
export interface Usage {
  readonly usedBytes: number;
  readonly totalBytes: number;
}

/** What the machine says about itself at one instant. Two of them make rates. What it does not tell is absent. */
export interface SystemCounters {
  readonly monotonicUs: number;
  readonly cpu: CpuTimes;
  readonly cores: readonly CpuTimes[];
  /** Averages of 1, 5 and 15 minutes; absent on Windows, which has none. */
  readonly load?: readonly [number, number, number];
  readonly memory: Usage;
  /** All network interfaces but loopback; in is received. */
  readonly network?: ByteCounters;
  /** All disks; in is read. */
  readonly disk?: ByteCounters;
  readonly fileSystem?: Usage;
}

/** One platform's way to its counters. */
export type ReadSystemCounters = (monotonicUs: number, diskPath: string) => SystemCounters;
