import type { CommitFailure } from '../commit/commit-report.ts';
import { type ErrorReason, StreamlibError } from '../errors.ts';

/** Why a revision cannot be effective. */
export interface RollbackCause {
  readonly code: ErrorReason;
  /** Names the part at fault, if one is. */
  readonly message: string;
  /** Empty where no processor is at fault. */
  readonly processorId: string;
  readonly details: Readonly<Record<string, string>>;
}

/** The cause in a part that failed. */
export function causeOfFailure({ part, error: { code, message } }: CommitFailure): RollbackCause {
  const isLink = 'linkId' in part;
  return {
    code,
    message: isLink ? `link "${part.linkId}": ${message}` : `processor "${part.processorId}": ${message}`,
    processorId: isLink ? '' : part.processorId,
    details: isLink ? { link_id: part.linkId } : { processor_id: part.processorId },
  };
}

/** The cause in something that was thrown. `context` stands before its text. */
export function causeOfThrown(thrown: unknown, context = ''): RollbackCause {
  const { code, message } = StreamlibError.from(thrown);
  return { code, message: `${context}${message}`, processorId: '', details: {} };
}

/** The answer to who waits for a revision that was rolled back. */
export const rolledBack = (revision: number, cause: RollbackCause): StreamlibError =>
  failed(revision, 'was rolled back', cause);

/** The answer to who waits for a revision that failed and could not be rolled back: it stays as it is. */
export const notRolledBack = (
  revision: number,
  cause: RollbackCause,
  obstacle: StreamlibError,
): StreamlibError =>
  failed(revision, `failed and stays, since it could not be rolled back (${obstacle.message})`, cause);

/** The answer to who waits for a revision whose commit broke off, and which stays accepted. */
export const brokeOff = (revision: number, cause: RollbackCause): StreamlibError =>
  failed(revision, 'could not be committed and is tried again with the next one', cause);

function failed(revision: number, what: string, { code, message, details }: RollbackCause): StreamlibError {
  return new StreamlibError('COMMIT_FAILED', `revision ${revision} ${what}: ${message}`, {
    details: { revision: String(revision), reason: code, ...details },
  });
}
