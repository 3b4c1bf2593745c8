// Comparing and mirroring folders of made files.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';

/** Calls `use` with a temporary folder that is gone afterwards, however `use` ends; a promise is waited for. */
export function withTemporaryFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'streamlib-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let result;
  try {
    result = use(folder);
  } catch (error) {
    remove();
    throw error;
  }
  if (result instanceof Promise) return result.finally(remove);
  remove();
  return result;
}

/**
 * The files that keep `actual` from holding what `expected` holds, in order of their paths: `missing`,
 * `different`, or `stale` (only in `actual`). Names that start with a dot do not count.
 */
export function differences(expected, actual) {
  const wanted = filesBelow(expected);
  const present = filesBelow(actual);
  const found = [...present].filter((path) => !wanted.has(path)).map((path) => ({ path, kind: 'stale' }));
  for (const path of wanted) {
    if (!present.has(path)) found.push({ path, kind: 'missing' });
    else if (!readFileSync(join(expected, path)).equals(readFileSync(join(actual, path)))) {
      found.push({ path, kind: 'different' });
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Makes `to` hold what `from` holds and returns the paths that changed. What is equal already is not touched,
 * so that a watching server restarts only when it must.
 */
export function mirror(from, to) {
  const changes = differences(from, to);
  for (const { path, kind } of changes) {
    const target = join(to, path);
    if (kind === 'stale') rmSync(target);
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, readFileSync(join(from, path)));
    }
  }
  return changes.map(({ path }) => path);
}

function filesBelow(folder) {
  if (!existsSync(folder)) return new Set();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.'),
  );
  const path = (entry) => relative(folder, join(entry.parentPath, entry.name));
  return new Set(files.map((entry) => path(entry).split(sep).join('/')));
}
