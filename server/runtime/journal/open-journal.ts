import { accessSync, constants, mkdirSync } from 'node:fs';
import type { StreamlibError } from '../errors.ts';
import { AcknowledgedFile, syncDirectory } from './acknowledged-file.ts';
import type { CrashPoint } from './crash-points.ts';
import { DirectoryLock } from './directory-lock.ts';
import { JournalDatabase } from './journal-database.ts';
import { journalError } from './journal-errors.ts';
import { findJournal, type JournalFiles, type JournalPaths, journalPaths } from './journal-files.ts';
import { JournalReader } from './journal-reader.ts';
import { type ReadContents, readContents } from './read-contents.ts';
import { drawJournalId } from './record-chain.ts';

/** The files of a journal, opened. */
export interface OpenedJournal {
  readonly contents: ReadContents;
  /** Undefined of a journal that is only read and is not there, or cannot be read at all. */
  readonly reader: JournalReader | undefined;
  /** Undefined of one that is only read. */
  readonly writer:
    | { readonly database: JournalDatabase; readonly acknowledged: AcknowledgedFile }
    | undefined;
  /** Gives up the files and the lock. */
  readonly resources: DisposableStack;
}

type Passed = (point: CrashPoint) => void;
type WholeJournal = Extract<JournalFiles, { kind: 'whole' }>;

/** Opens to append. Throws as `Journal.open` does; what was there before is untouched then. */
export function openToWrite(directory: string, passed: Passed): OpenedJournal {
  return withResources(directory, (resources) => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // NB: SQLite opens what cannot be written to be read, and fails later with less to say.
    accessSync(directory, constants.W_OK);
    resources.use(DirectoryLock.exclusive(directory));
    const paths = journalPaths(directory);
    const found = findOrCreate(paths, passed);
    const contents = readThrough(found);
    if (contents.damage !== undefined) throw contents.damage;

    const database = resources.use(JournalDatabase.openToWrite(paths.database));
    const acknowledged = resources.use(new AcknowledgedFile(paths.acknowledged));
    // What was written and never acknowledged is answered from now on, and must not be lost unnoticed either.
    if (found.state.acknowledged.sequence !== contents.tip.sequence) acknowledged.write(contents.tip);
    const reader = new JournalReader(database, found.state.journalId);
    return { contents, reader, writer: { database, acknowledged }, resources };
  });
}

/** Opens to read what is intact; writes nothing. Throws JOURNAL_LOCKED, JOURNAL_TOO_NEW and JOURNAL_UNAVAILABLE. */
export function openToRead(directory: string): OpenedJournal {
  return withResources(directory, (resources) => {
    resources.use(DirectoryLock.shared(directory));
    const found = findUnlessDamaged(journalPaths(directory));
    if (found.kind !== 'whole') {
      const damage = found.kind === 'damaged' ? found.damage : undefined;
      return { contents: emptyContents(damage), reader: undefined, writer: undefined, resources };
    }
    const database = resources.use(found.database);
    const contents = readContents(database, found.state);
    const reader = new JournalReader(database, found.state.journalId);
    return { contents, reader, writer: undefined, resources };
  });
}

function withResources(
  directory: string,
  open: (resources: DisposableStack) => OpenedJournal,
): OpenedJournal {
  const resources = new DisposableStack();
  try {
    return open(resources);
  } catch (error) {
    resources.dispose();
    throw journalError(error, 'open', directory);
  }
}

/** NB: through a connection that cannot write, since a writer that is closed shortens the log, damaged or not. */
function readThrough({ database, state }: WholeJournal): ReadContents {
  using toRead = database;
  return readContents(toRead, state);
}

function findOrCreate(paths: JournalPaths, passed: Passed): WholeJournal {
  const found = findJournal(paths);
  if (found.kind === 'whole') return found;
  const journalId = found.kind === 'begun' ? found.state.journalId : drawJournalId();
  if (found.kind === 'none') AcknowledgedFile.create(paths.acknowledged, journalId);
  passed('after_acknowledged_created');
  JournalDatabase.create(paths.database, journalId, () => passed('before_tables'));
  syncDirectory(paths.directory);
  const made = findJournal(paths);
  if (made.kind !== 'whole') throw new Error('its tables were made and are not there');
  return made;
}

function findUnlessDamaged(paths: JournalPaths): JournalFiles | { kind: 'damaged'; damage: StreamlibError } {
  try {
    return findJournal(paths);
  } catch (error) {
    const failure = journalError(error, 'read', paths.database);
    if (failure.code !== 'JOURNAL_DAMAGED') throw failure;
    return { kind: 'damaged', damage: failure };
  }
}

function emptyContents(damage: StreamlibError | undefined): ReadContents {
  const tip = { sequence: 0, revision: 0, wallTimeMs: 0, hash: new Uint8Array() };
  return { snapshot: undefined, records: [], tip, damage };
}
