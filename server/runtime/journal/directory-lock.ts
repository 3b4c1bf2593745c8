import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StreamlibError } from '../errors.ts';
import { isBusy, journalError } from './journal-errors.ts';

/**
 * Holds a directory for one writer or several readers, until it is disposed or the process ends in whatever way: the
 * lock is SQLite's, on the empty file `lock`, since Node has no lock of its own.
 *
 * NB: nobody may open `lock` in another way. On POSIX, closing any descriptor of a file gives up all the locks that
 * the process holds on it. The pid for the message therefore stands in a file of its own.
 */
export class DirectoryLock implements Disposable {
  readonly #database: DatabaseSync;

  /** For a writer. Throws JOURNAL_LOCKED, which names the process and the directory. */
  static exclusive(directory: string): DirectoryLock {
    const lock = new DirectoryLock(directory, { readOnly: false });
    try {
      writeFileSync(join(directory, 'lock.pid'), `${process.pid}\n`);
    } catch {
      // Only a message needs it, and a full disk must not keep a server from starting.
    }
    return lock;
  }

  /** For a reader: writes nothing. Undefined where there is no lock file, as in a copy: nobody has ever locked it. */
  static shared(directory: string): DirectoryLock | undefined {
    return existsSync(join(directory, 'lock')) ? new DirectoryLock(directory, { readOnly: true }) : undefined;
  }

  private constructor(directory: string, { readOnly }: { readOnly: boolean }) {
    const path = join(directory, 'lock');
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(pathToFileURL(path), { readOnly, timeout: 0 });
      // A transaction that is never ended: nothing is written, also on a full disk. Reading takes the shared lock.
      database.exec(
        readOnly
          ? 'BEGIN; SELECT count(*) FROM sqlite_schema'
          : 'PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE',
      );
    } catch (error) {
      database?.close();
      throw isBusy(error) ? lockedError(directory, error) : journalError(error, 'lock', path);
    }
    this.#database = database;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function lockedError(directory: string, cause: unknown): StreamlibError {
  const pid = livingWriter(directory);
  const holder = pid === undefined ? 'another process, which reads it' : `process ${pid}`;
  return new StreamlibError(
    'JOURNAL_LOCKED',
    `the state directory ${directory} is in use by ${holder}; end it, or take another directory`,
    { details: { directory, ...(pid !== undefined && { pid: String(pid) }) }, cause },
  );
}

function livingWriter(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(directory, 'lock.pid'), 'utf8'));
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
