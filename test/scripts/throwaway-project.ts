import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout under test. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs one of the checkout's tools in a temporary project of `files` (path to text) and returns its output. */
export function runToolOn(files: Record<string, string>, tool: string, args: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'streamlib-project-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const done = spawnSync(join(ROOT, 'node_modules/.bin', tool), args, { cwd: folder, encoding: 'utf8' });
    if (done.error) throw done.error;
    return done.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
