import { StreamlibError } from '../errors.ts';

// Primary result codes of SQLite, the low byte of what its errors carry: https://sqlite.org/rescode.html
const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_TOOBIG = 18;
const SQLITE_MISMATCH = 20;
const SQLITE_NOTADB = 26;
// Extended ones.
const SQLITE_IOERR_FSYNC = 1034;
const SQLITE_IOERR_DIR_FSYNC = 1290;

/** Whether SQLite says that another connection holds the lock. */
export const isBusy = (error: unknown): boolean => resultCodeOf(error) === SQLITE_BUSY;

/** Whether an operating system call failed for this reason. */
export const isSystemError = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/**
 * Whether a sync to the disk failed: what of the pages is on it is not known then, and a second sync could succeed
 * without them, since the kernel may have forgotten that they were never written.
 */
export function isFailedSync(error: unknown): boolean {
  const code = extendedCodeOf(error);
  return code === SQLITE_IOERR_FSYNC || code === SQLITE_IOERR_DIR_FSYNC;
}

/** JOURNAL_DAMAGED, which names the file and what is wrong with it. */
export function damaged(where: string, what: string, cause?: unknown): StreamlibError {
  return new StreamlibError(
    'JOURNAL_DAMAGED',
    `${where} is damaged: ${what}; nothing was changed, open it read-only to save what is intact`,
    { details: { where }, cause },
  );
}

/** What went wrong at a file of the journal, in words for who runs the server. `action` is "open", "write", "read". */
export function journalError(error: unknown, action: string, where: string): StreamlibError {
  if (error instanceof StreamlibError) return error;
  const text = error instanceof Error ? error.message : String(error);
  switch (resultCodeOf(error)) {
    // Our statements are always the same: only a schema that is not ours makes one wrong, or a row too large.
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
      return damaged(where, text, error);
    case SQLITE_FULL:
      return unavailable(`${action} ${where}: the disk is full; make room and try again`, error);
    case SQLITE_READONLY:
      return unavailable(
        `${action} ${where}: it is read-only; make it writable, or open it read-only`,
        error,
      );
    case SQLITE_CANTOPEN:
      return unavailable(`${action} ${where}: ${text}; look at the rights of its directory`, error);
    default:
  }
  // A number in a row that is larger than any that was written.
  if (isSystemError(error, 'ERR_OUT_OF_RANGE')) return damaged(where, text, error);
  if (isSystemError(error, 'ENOSPC')) {
    return unavailable(`${action} ${where}: the disk is full; make room and try again`, error);
  }
  if (isSystemError(error, 'EROFS') || isSystemError(error, 'EACCES')) {
    return unavailable(`${action} ${where}: it is read-only; make it writable, or open it read-only`, error);
  }
  return unavailable(`${action} ${where}: ${text}`, error);
}

function unavailable(what: string, cause: unknown): StreamlibError {
  return new StreamlibError('JOURNAL_UNAVAILABLE', `the journal could not ${what}`, { cause });
}

function extendedCodeOf(error: unknown): number | undefined {
  const isSqlite = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
  return isSqlite ? (error.errcode as number) : undefined;
}

function resultCodeOf(error: unknown): number | undefined {
  const code = extendedCodeOf(error);
  return code === undefined ? undefined : code & 0xff;
}
