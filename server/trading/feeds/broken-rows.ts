import { StreamlibError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';

/** What broken rows of a file do. */
export interface BrokenRowPolicy {
  readonly path: string;
  /** Whether they are counted and left out. */
  readonly skips: boolean;
  readonly log: Pick<Logger, 'warn'>;
}

/** Keeps account of the broken rows of a file, and decides about each. */
export class BrokenRows {
  readonly #policy: BrokenRowPolicy;
  #skipped = 0;

  constructor(policy: BrokenRowPolicy) {
    this.#policy = policy;
  }

  /** How many were left out. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Undefined where the row is left out; else the error that ends the feed, with the row's place. */
  judge(line: number, fault: string, cause: unknown): StreamlibError | undefined {
    const { path, skips, log } = this.#policy;
    if (skips) {
      if (this.#skipped++ === 0) log.warn(`a broken row is skipped: ${fault}`, { path, line });
      return undefined;
    }
    const details = { file: path, line: String(line) };
    return new StreamlibError('PROCESS_FAILED', `${path}, line ${line}: ${fault}`, {
      path: 'config.path',
      details,
      cause,
    });
  }

  /** Says in the log how many were left out, if any were. */
  close(): void {
    const { path, log } = this.#policy;
    if (this.#skipped > 0) log.warn('broken rows were skipped', { path, rows: this.#skipped });
  }
}
