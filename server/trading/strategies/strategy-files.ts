import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StrategySource, StrategyVersion } from './strategy-version.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** Keeps versions of strategies as files, one folder per name: `{version}.json`. */
export class StrategyFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Every version that is kept. Throws where a file cannot be read. */
  read(): StrategyVersion[] {
    return foldersIn(this.#folder).flatMap((name) =>
      readdirSync(join(this.#folder, name))
        .filter((file) => file.endsWith('.json'))
        .map((file) => JSON.parse(readFileSync(join(this.#folder, name, file), 'utf8')) as StrategyVersion),
    );
  }

  /** It is durable when this returns. */
  write(version: StrategyVersion): void {
    const folder = join(this.#folder, version.name);
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${version.version}.json`);
    // A file that was cut off has another name.
    writeFileSync(`${path}.part`, JSON.stringify(version), { flush: true });
    renameSync(`${path}.part`, path);
  }

  remove({ name, version }: StrategyVersion): void {
    rmSync(join(this.#folder, name, `${version}.json`), { force: true });
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What a directory of `*.lua` files has, by the names of the files; names that no strategy can have are passed over. */
export function strategiesIn(
  directory: string,
  source: StrategySource,
): { readonly name: string; readonly code: string; readonly source: StrategySource }[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.lua') && NAME.test(basename(file, '.lua')))
    .sort()
    .map((file) => ({
      name: basename(file, '.lua'),
      code: readFileSync(join(directory, file), 'utf8'),
      source,
    }));
}
