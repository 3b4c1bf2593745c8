import type { LinkId, ProcessorId } from '../ids.ts';
import type { CommitFailure } from './commit-report.ts';

/** Parts of the graph that are about to be taken back. */
export interface DoomedParts {
  readonly processors: ReadonlySet<ProcessorId>;
  readonly links: ReadonlySet<LinkId>;
}

/** What a commit has to know of the revisions in it that are rolled back if it fails. */
export interface CommitWatch {
  /** How long a commit may still wait for the setup of a processor; undefined where a late one fails nothing. */
  setupLimitMs(id: ProcessorId): number | undefined;
  /** What will be taken back because of these failures: nothing of it is called or wired any more. */
  doomed(failures: readonly CommitFailure[]): DoomedParts;
}

/** Nothing will be rolled back. */
export const NO_WATCH: CommitWatch = {
  setupLimitMs: () => undefined,
  doomed: () => ({ processors: new Set(), links: new Set() }),
};
