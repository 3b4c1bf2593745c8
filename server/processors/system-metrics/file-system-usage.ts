import { statfsSync } from 'node:fs';
import type { Usage } from './system-counters.ts';

/** How full the file system is that holds a path. Throws the system's error for a path that does not exist. */
export function fileSystemUsage(path: string): Usage {
  const { bsize, blocks, bfree } = statfsSync(path);
  return { usedBytes: (blocks - bfree) * bsize, totalBytes: blocks * bsize };
}
