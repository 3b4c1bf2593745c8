import type { CommitReport } from '../commit/commit-report.ts';
import type { StreamlibError } from '../errors.ts';
import type { AcceptedRevision } from './accepted-revision.ts';

interface Wait {
  /** What the caller did. */
  readonly edit: AcceptedRevision;
  /** The revision with which the wait is over. */
  until: number;
  /** How it ends then, if it does not end well. */
  failure: StreamlibError | undefined;
  resolve(report: CommitReport): void;
  reject(error: StreamlibError): void;
}

/** Those who wait until their edit is effective. Each has an answer once, whatever becomes of it. */
export class EffectiveWaits {
  #waits: Wait[] = [];

  /** Resolves with the caller's share of the report when the edit is effective; rejects with why it cannot be. */
  add(edit: AcceptedRevision): Promise<CommitReport> {
    return new Promise((resolve, reject) =>
      this.#waits.push({ edit, until: edit.revision, failure: undefined, resolve, reject }),
    );
  }

  /** Has who waits for an edit wait until a revision is effective, and fail then. */
  failLater(edit: AcceptedRevision, failure: StreamlibError, until: number): void {
    for (const wait of this.#waits) if (wait.edit === edit) Object.assign(wait, { failure, until });
  }

  /** Ends the waits for what is effective now. */
  settle(effectiveRevision: number, shareOf: (edit: AcceptedRevision) => CommitReport): void {
    for (const wait of this.#takeUntil(effectiveRevision)) {
      if (wait.failure === undefined) wait.resolve(shareOf(wait.edit));
      else wait.reject(wait.failure);
    }
  }

  /** Ends the waits for what was to become effective up to a revision, and did not. */
  fail(revision: number, failure: StreamlibError): void {
    for (const wait of this.#takeUntil(revision)) wait.reject(wait.failure ?? failure);
  }

  #takeUntil(revision: number): Wait[] {
    const over = this.#waits.filter(({ until }) => until <= revision);
    this.#waits = this.#waits.filter(({ until }) => until > revision);
    return over;
  }
}
