import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StrategySource, StrategyVersion } from './strategy-version.ts';

const FILE = /^(\d+)\.(json|gone)$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/** What is kept of strategies. */
export interface KeptStrategies {
  readonly versions: readonly StrategyVersion[];
  /** The highest number that each name has had, of those that are gone as well. */
  readonly lastNumbers: ReadonlyMap<string, number>;
}

/** Keeps versions of strategies as files, one folder per name: `{version}.json`, and `{version}.gone` of a removed one. */
export class StrategyFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes nothing. Throws where a file cannot be read. */
  read(): KeptStrategies {
    const versions: StrategyVersion[] = [];
    const lastNumbers = new Map<string, number>();
    for (const name of foldersIn(this.#folder)) {
      for (const file of readdirSync(join(this.#folder, name))) {
        const [, number, kind] = FILE.exec(file) ?? [];
        if (number === undefined) continue;
        lastNumbers.set(name, Math.max(Number(number), lastNumbers.get(name) ?? 0));
        if (kind === 'json') versions.push(JSON.parse(readFileSync(join(this.#folder, name, file), 'utf8')));
      }
    }
    return { versions, lastNumbers };
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

  /** Its number stays known, so that no other code gets it. */
  remove({ name, version }: StrategyVersion): void {
    writeFileSync(join(this.#folder, name, `${version}.gone`), '', { flush: true });
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
