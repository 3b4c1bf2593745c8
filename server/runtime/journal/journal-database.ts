import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StreamlibError } from '../errors.ts';
import type { SnapshotMark } from './compaction-plan.ts';
import type { JournalRecord } from './journal.ts';
import { damaged } from './journal-errors.ts';
import { hasCommittedFrame } from './log-frames.ts';
import type { RecordSeal } from './record-chain.ts';
import type { SealedSnapshot } from './snapshot-seal.ts';

/** A row as SQLite gives it: after damage, anything may stand in a column. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

const FORMAT_VERSION = 1;
/** "SLj1": tells the file from other programs' databases. */
const APPLICATION_ID = 0x534c6a31;

const SCHEMA = `
  CREATE TABLE journal (id BLOB NOT NULL) STRICT;
  CREATE TABLE records (
    sequence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, revision INTEGER NOT NULL, wall_time_ms INTEGER NOT NULL,
    payload BLOB NOT NULL, hash BLOB NOT NULL, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE snapshots (
    sequence INTEGER PRIMARY KEY, revision INTEGER NOT NULL, wall_time_ms INTEGER NOT NULL, payload BLOB NOT NULL,
    hash BLOB NOT NULL, digest BLOB NOT NULL
  ) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};`;

/**
 * Exclusive: the lock on `lock` is held anyway, and without a second connection the index of the log is in memory
 * instead of in a file. Checkpoints are made between groups, not inside a commit.
 */
const WRITER_SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA checkpoint_fullfsync = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA temp_store = MEMORY;`;

/** The statements on journal.db, and nothing of what they mean. Errors are those of SQLite. */
export class JournalDatabase implements Disposable {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  /** Makes the tables, in one transaction; the file may be there and empty. */
  static create(path: string, journalId: Uint8Array, beforeTables: () => void): void {
    using database = JournalDatabase.openToWrite(path);
    beforeTables();
    database.transaction(() => {
      database.#database.exec(SCHEMA);
      database.#run('INSERT INTO journal (id) VALUES (?)', journalId);
    });
  }

  static openToWrite(path: string): JournalDatabase {
    return new JournalDatabase(new DatabaseSync(pathToFileURL(path)), WRITER_SETTINGS);
  }

  /** Writes nothing, neither here nor in closing. The caller holds the directory's lock, since this one takes none. */
  static openToRead(path: string): JournalDatabase {
    const url = pathToFileURL(path);
    // NB: SQLite makes a missing log even for a reader, unless it is told that the file never changes; and it then
    // looks at no log, so that one that is there needs the other way: no lock file, and the log's index in memory.
    const hasLog = existsSync(`${path}-wal`) && hasCommittedFrame(`${path}-wal`);
    if (hasLog) url.searchParams.set('vfs', process.platform === 'win32' ? 'win32-none' : 'unix-none');
    else url.searchParams.set('immutable', '1');
    return new JournalDatabase(new DatabaseSync(url, { readOnly: true }), 'PRAGMA locking_mode = EXCLUSIVE;');
  }

  private constructor(database: DatabaseSync, settings: string) {
    this.#database = database;
    try {
      database.exec(settings);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Whether the tables were never made. */
  get isEmpty(): boolean {
    return this.#get('SELECT count(*) AS tables FROM sqlite_schema')?.tables === 0;
  }

  /** The id that was drawn when it was made. Throws JOURNAL_TOO_NEW and JOURNAL_DAMAGED. */
  readIdentity(path: string): Uint8Array {
    const application = this.#get('PRAGMA application_id')?.application_id;
    const version = Number(this.#get('PRAGMA user_version')?.user_version);
    if (application !== APPLICATION_ID) throw damaged(path, 'it is not a journal');
    if (version > FORMAT_VERSION) {
      throw new StreamlibError(
        'JOURNAL_TOO_NEW',
        `the format version of ${path} must be at most ${FORMAT_VERSION}, was ${version}; start the newer streamlib that wrote it`,
        { details: { version: String(version) } },
      );
    }
    const id = this.#get('SELECT id FROM journal')?.id;
    if (version < 1 || !(id instanceof Uint8Array)) throw damaged(path, 'it has no identity');
    return id;
  }

  /** All or nothing of what `work` does. */
  transaction(work: () => void): void {
    this.#run('BEGIN IMMEDIATE');
    try {
      work();
      this.#run('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#run('ROLLBACK');
      throw error;
    }
  }

  insertRecord({ sequence, kind, revision, wallTimeMs, payload }: JournalRecord, seal: RecordSeal): void {
    this.#run(
      'INSERT INTO records (sequence, kind, revision, wall_time_ms, payload, hash, crc) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[sequence, kind, revision, wallTimeMs, payload, seal.hash, seal.crc],
    );
  }

  insertSnapshot({ sequence, revision, wallTimeMs, payload, hash, digest }: SealedSnapshot): void {
    this.#run(
      'INSERT INTO snapshots (sequence, revision, wall_time_ms, payload, hash, digest) VALUES (?, ?, ?, ?, ?, ?)',
      ...[sequence, revision, wallTimeMs, payload, hash, digest],
    );
  }

  /** In order, at most `limit` of them. */
  recordRows(from: number, to: number, limit: number): Iterable<Row> {
    const sql = 'SELECT * FROM records WHERE sequence BETWEEN ? AND ? ORDER BY sequence LIMIT ?';
    // A statement of its own: two walks may be under way.
    return this.#database.prepare(sql).iterate(from, to, limit);
  }

  recordRow(sequence: number): Row | undefined {
    return this.#get('SELECT * FROM records WHERE sequence = ?', sequence);
  }

  /** The least and the greatest sequence of the records; 0 where there are none. */
  recordBounds(): { first: number; last: number } {
    const first = this.#get('SELECT min(sequence) AS bound FROM records')?.bound;
    const last = this.#get('SELECT max(sequence) AS bound FROM records')?.bound;
    return { first: Number(first ?? 0), last: Number(last ?? 0) };
  }

  snapshotRow(sequence: number): Row | undefined {
    return this.#get('SELECT * FROM snapshots WHERE sequence = ?', sequence);
  }

  /** Without their payloads, oldest first. */
  snapshotMarks(): SnapshotMark[] {
    const sql = 'SELECT sequence, wall_time_ms FROM snapshots ORDER BY sequence';
    return this.#prepare(sql)
      .all()
      .map((row) => ({ sequence: Number(row.sequence), wallTimeMs: Number(row.wall_time_ms) }));
  }

  deleteRecords(from: number, to: number): void {
    this.#run('DELETE FROM records WHERE sequence BETWEEN ? AND ?', from, to);
  }

  deleteSnapshot(sequence: number): void {
    this.#run('DELETE FROM snapshots WHERE sequence = ?', sequence);
  }

  /** Moves what the log holds to the database file, so that the log begins anew. */
  checkpoint(): void {
    this.#get('PRAGMA wal_checkpoint(PASSIVE)');
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #run(sql: string, ...values: (number | string | Uint8Array)[]): void {
    this.#prepare(sql).run(...values);
  }

  #get(sql: string, ...values: (number | string | Uint8Array)[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
