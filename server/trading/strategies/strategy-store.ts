import { nearestNames, StreamlibError, wallClockMs } from '../../runtime/index.ts';
import type { StrategyFiles } from './strategy-files.ts';
import type { StrategySource, StrategyVersion } from './strategy-version.ts';

/** What is to be stored. */
export interface StrategyUpload {
  readonly name: string;
  readonly code: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly source: StrategySource;
}

/** The strategies of a server, in versions that never change and whose numbers are never used again. */
export class StrategyStore {
  readonly #files: StrategyFiles | undefined;
  readonly #readOnly: boolean;
  /** By name, the oldest version first. */
  readonly #versions = new Map<string, StrategyVersion[]>();
  /** The highest number that a name has had. */
  readonly #last: Map<string, number>;

  /** Without `files` everything is gone with the process; with `readOnly` nothing is written, and nothing can be changed. */
  constructor(files?: StrategyFiles, { readOnly = false }: { readonly readOnly?: boolean } = {}) {
    this.#files = readOnly ? undefined : files;
    this.#readOnly = readOnly;
    const { versions = [], lastNumbers = [] } = files?.read() ?? {};
    this.#last = new Map(lastNumbers);
    for (const version of versions.toSorted((a, b) => a.version - b.version)) this.#take(version);
  }

  /** In order. */
  get names(): string[] {
    return [...this.#versions.keys()].sort();
  }

  has(name: string): boolean {
    return this.#versions.has(name);
  }

  /** The oldest first. Throws STRATEGY_NOT_FOUND with the nearest names. */
  versionsOf(name: string): readonly StrategyVersion[] {
    const versions = this.#versions.get(name);
    if (versions !== undefined) return versions;
    const near = nearestNames(name, this.names);
    const hint = near.length === 0 ? 'there are none' : `near it are ${near.join(', ')}`;
    throw new StreamlibError('STRATEGY_NOT_FOUND', `no strategy is called ${JSON.stringify(name)}; ${hint}`, {
      path: 'name',
      details: { name, nearest: near.join(',') },
    });
  }

  /** 0 takes the newest. Throws STRATEGY_NOT_FOUND. */
  get(name: string, version = 0): StrategyVersion {
    const versions = this.versionsOf(name);
    const found = version === 0 ? versions.at(-1) : versions.find((each) => each.version === version);
    if (found !== undefined) return found;
    const numbers = versions.map((each) => each.version).join(', ');
    const message = `strategy "${name}" has no version ${version}; there are ${numbers}`;
    throw new StreamlibError('STRATEGY_NOT_FOUND', message, { path: 'version', details: { name } });
  }

  /**
   * Stores code as the next version; code that the newest version has already makes none. Throws JOURNAL_READ_ONLY where
   * nothing can be changed.
   */
  put(upload: StrategyUpload): { readonly version: StrategyVersion; readonly unchanged: boolean } {
    const newest = this.#versions.get(upload.name)?.at(-1);
    if (newest?.code === upload.code) return { version: newest, unchanged: true };
    this.#assertWritable();
    return { version: this.#add(upload), unchanged: false };
  }

  /**
   * Sees to it that a strategy that comes with the server, or with a directory, is there. What users have uploaded under its
   * name, or have removed, stays as they left it.
   */
  ensure(upload: StrategyUpload): void {
    const { name, code, source } = upload;
    const newest = this.#versions.get(name)?.at(-1);
    const isTheirs = newest === undefined ? this.#last.has(name) : newest.source !== source;
    if (isTheirs || newest?.code === code) return;
    this.#add(upload);
  }

  #add({ name, code, description = '', labels = {}, source }: StrategyUpload): StrategyVersion {
    const number = (this.#last.get(name) ?? 0) + 1;
    const version = { name, version: number, code, description, labels, source, createMs: wallClockMs() };
    this.#files?.write(version);
    this.#take(version);
    return version;
  }

  /** Whether a version hung once; of one that is not there nothing is known. */
  isQuarantined(name: string, version: number): boolean {
    return this.#find(name, version)?.quarantined === true;
  }

  /** Remembers that a version hung. */
  quarantine(name: string, version: number): void {
    const found = this.#find(name, version);
    if (found === undefined || found.quarantined === true) return;
    const marked = { ...found, quarantined: true };
    this.#files?.write(marked);
    const versions = this.#versions.get(name) ?? [];
    this.#versions.set(
      name,
      versions.map((each) => (each === found ? marked : each)),
    );
  }

  /** Removes one version, or with 0 all of them. Throws STRATEGY_NOT_FOUND, or JOURNAL_READ_ONLY. */
  remove(name: string, version = 0): void {
    this.#assertWritable();
    const gone = version === 0 ? this.versionsOf(name) : [this.get(name, version)];
    for (const each of gone) this.#files?.remove(each);
    const left = this.versionsOf(name).filter((each) => !gone.includes(each));
    if (left.length === 0) this.#versions.delete(name);
    else this.#versions.set(name, left);
  }

  #assertWritable(): void {
    if (!this.#readOnly) return;
    const message = 'the state was opened to be read only, so no strategy can be changed';
    throw new StreamlibError('JOURNAL_READ_ONLY', message);
  }

  #find(name: string, version: number): StrategyVersion | undefined {
    return this.#versions.get(name)?.find((each) => each.version === version);
  }

  #take(version: StrategyVersion): void {
    const { name } = version;
    const versions = this.#versions.get(name);
    if (versions === undefined) this.#versions.set(name, [version]);
    else versions.push(version);
    this.#last.set(name, Math.max(version.version, this.#last.get(name) ?? 0));
  }
}
