import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a directory and a digest of what is in each, but for those of the lock. */
export function folderDigests(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !name.startsWith('lock'));
  return Object.fromEntries(
    names.toSorted().map((name) => [name, hash('sha256', readFileSync(join(directory, name)))]),
  );
}
