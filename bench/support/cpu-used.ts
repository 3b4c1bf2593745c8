/** Microseconds of CPU that all threads of this process have used so far. Any thread. */
export function cpuUsedUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
