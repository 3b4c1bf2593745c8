import { statSync } from 'node:fs';
import { join } from 'node:path';
import { AcknowledgedFile, type AcknowledgedState } from './acknowledged-file.ts';
import { JournalDatabase } from './journal-database.ts';
import { damaged } from './journal-errors.ts';
import { isSameHash } from './record-chain.ts';

/** Where the files of a journal are. */
export interface JournalPaths {
  readonly directory: string;
  readonly database: string;
  readonly acknowledged: string;
}

/** The paths in a state directory. */
export const journalPaths = (directory: string): JournalPaths => ({
  directory,
  database: join(directory, 'journal.db'),
  acknowledged: join(directory, 'acknowledged'),
});

/** What is in a state directory. */
export type JournalFiles =
  | { readonly kind: 'none' }
  /** A first start was ended in the middle: the id is drawn, the tables are not made. */
  | { readonly kind: 'begun'; readonly state: AcknowledgedState }
  | { readonly kind: 'whole'; readonly state: AcknowledgedState; readonly database: JournalDatabase };

/**
 * Looks at the files without writing a byte, and opens the database to be read. Throws JOURNAL_DAMAGED, JOURNAL_TOO_NEW
 * and errors of SQLite.
 *
 * NB: sizes are looked at first, since SQLite deletes a log that lies beside an empty database.
 */
export function findJournal({ database: path, acknowledged }: JournalPaths): JournalFiles {
  const [databaseBytes, logBytes] = [sizeOf(path), sizeOf(`${path}-wal`)];
  const state = AcknowledgedFile.read(acknowledged);
  if (state === undefined) {
    if (databaseBytes === 0 && logBytes === 0) return { kind: 'none' };
    throw damaged(acknowledged, 'it is missing beside a database');
  }
  const isFresh = state.acknowledged.sequence === 0;
  if (databaseBytes === 0) {
    if (isFresh && logBytes === 0) return { kind: 'begun', state };
    throw damaged(path, `it is empty or missing, and record ${state.acknowledged.sequence} was acknowledged`);
  }
  const database = JournalDatabase.openToRead(path);
  try {
    if (isFresh && database.isEmpty) {
      database[Symbol.dispose]();
      return { kind: 'begun', state };
    }
    const journalId = database.readIdentity(path);
    if (!isSameHash(journalId, state.journalId)) throw damaged(acknowledged, 'it belongs to another journal');
    return { kind: 'whole', state, database };
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
