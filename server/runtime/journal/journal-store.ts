import { StreamlibError } from '../errors.ts';
import type { Acknowledgement } from './acknowledged-file.ts';
import type { CheckedRecord } from './checked-rows.ts';
import type { CrashPoint } from './crash-points.ts';
import type { JournalLimits, JournalSnapshot } from './journal.ts';
import { assertSnapshotSequence } from './journal-arguments.ts';
import { isFailedSync, journalError } from './journal-errors.ts';
import type { JournalReader } from './journal-reader.ts';
import { JournalUpkeep } from './journal-upkeep.ts';
import type { OpenedJournal } from './open-journal.ts';
import type { ReadContents } from './read-contents.ts';
import { unpackRecords } from './record-bytes.ts';
import { sealRecord } from './record-chain.ts';
import { sealSnapshot } from './snapshot-seal.ts';

/** How a store is run. */
export interface JournalStoreOptions {
  readonly limits: JournalLimits;
  /** Told at each write point: see crash-points.ts. */
  readonly passed: (point: CrashPoint) => void;
}

const READ_ONLY = new StreamlibError('JOURNAL_READ_ONLY', 'the journal was opened to be read only');

/** An opened journal. Every call blocks until the disk has answered: only the journal's thread has one. */
export class JournalStore implements Disposable {
  readonly #files: Pick<OpenedJournal, 'reader' | 'writer' | 'resources'>;
  /** What was found in opening it. */
  readonly damage: StreamlibError | undefined;
  readonly #passed: (point: CrashPoint) => void;
  readonly #upkeep: JournalUpkeep | undefined;
  #tip: ReadContents['tip'];
  /** Why nothing may be written any more. */
  #refusal: StreamlibError | undefined;

  constructor({ contents, ...files }: OpenedJournal, { limits, passed }: JournalStoreOptions) {
    this.#files = files;
    this.#passed = passed;
    this.#tip = contents.tip;
    this.damage = contents.damage;
    if (files.writer === undefined) return;
    this.#upkeep = new JournalUpkeep(files.writer.database, limits, passed);
    this.#upkeep.planCompaction(this.#tip);
  }

  /** The last durable record; 0 for none. */
  get last(): number {
    return this.#tip.sequence;
  }

  /** The oldest record that can be read; 0 for none. */
  get oldest(): number {
    return this.#read((reader) => Math.min(reader.oldest(), this.last)) ?? 0;
  }

  /**
   * Durable and acknowledged when it returns; `syncAcknowledged` must follow soon. After an error none of the records is
   * there.
   */
  append(packed: Uint8Array): void {
    const { database, acknowledged } = this.#writer();
    this.#passed('before_begin');
    let tip = this.#tip;
    this.#write(() =>
      database.transaction(() => {
        for (const { record, bytes } of unpackRecords(packed)) {
          const seal = sealRecord(tip.hash, bytes);
          database.insertRecord(record, seal);
          if (tip === this.#tip) this.#passed('within_group');
          tip = { ...record, hash: seal.hash };
        }
        this.#passed('before_commit');
      }),
    );
    try {
      this.#passed('after_commit');
      acknowledged.write(tip);
    } catch (error) {
      this.#takeBack(tip.sequence);
      throw journalError(error, 'write', 'acknowledged');
    }
    this.#passed('after_acknowledged');
    this.#tip = tip;
    this.#upkeep?.noteWritten(packed.length);
  }

  /** Makes durable what `acknowledged` says. After an error nothing is written any more. */
  syncAcknowledged(): void {
    if (this.#refusal !== undefined) return;
    try {
      this.#passed('before_acknowledged_sync');
      this.#files.writer?.acknowledged.sync();
      this.#passed('after_acknowledged_sync');
    } catch (error) {
      this.#refuse('the disk did not confirm a write', error);
    }
  }

  /** Durable when it returns. The record must be kept. */
  snapshot({ sequence, payload }: JournalSnapshot): void {
    const { database } = this.#writer();
    this.#write(() => {
      const newestSnapshot = database.snapshotMarks().at(-1)?.sequence ?? 0;
      assertSnapshotSequence(sequence, { oldest: this.oldest, newestSnapshot, last: this.last });
      if (sequence === newestSnapshot) return;
      const [checked] = this.read(sequence, sequence);
      const { record, hash } = checked as CheckedRecord;
      database.transaction(() => {
        database.insertSnapshot(sealSnapshot({ ...record, payload, hash }));
        this.#passed('within_snapshot');
      });
      this.#passed('after_snapshot');
    });
    this.#upkeep?.noteWritten(payload.length);
    this.#upkeep?.planCompaction(this.#tip);
  }

  /** Checked records, within `oldest` and `last`. */
  read(from: number, to: number): CheckedRecord[] {
    return this.#read((reader) => [...reader.records(from, to)]) ?? [];
  }

  /** The newest snapshot that contains nothing after `sequence`, checked. */
  snapshotBefore(sequence: number): JournalSnapshot | undefined {
    return this.#read((reader) => reader.snapshotBefore(sequence));
  }

  /**
   * One slice of what keeps the files small; answers whether there is more. Its errors take nothing away from anybody,
   * and are told so that somebody looks at the disk before it is full.
   */
  doUpkeep(): boolean {
    if (this.#refusal !== undefined) return false;
    try {
      return this.#upkeep?.doSlice() ?? false;
    } catch (error) {
      this.#noteFailedSync(error);
      throw journalError(error, 'tidy up', 'journal.db');
    }
  }

  [Symbol.dispose](): void {
    this.#files.resources.dispose();
  }

  #writer(): NonNullable<OpenedJournal['writer']> {
    if (this.#files.writer === undefined) throw READ_ONLY;
    if (this.#refusal !== undefined) throw this.#refusal;
    return this.#files.writer;
  }

  #write(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#noteFailedSync(error);
      throw journalError(error, 'write', 'journal.db');
    }
  }

  #read<Result>(work: (reader: JournalReader) => Result): Result | undefined {
    try {
      return this.#files.reader === undefined ? undefined : work(this.#files.reader);
    } catch (error) {
      throw journalError(error, 'read', 'journal.db');
    }
  }

  #noteFailedSync(error: unknown): void {
    if (isFailedSync(error)) this.#refuse('the disk did not confirm a write', error);
  }

  /** The records are in the database and could not be acknowledged: neither file may keep a trace of them. */
  #takeBack(through: number): void {
    const { database, acknowledged } = this.#writer();
    const before: Acknowledgement = this.#tip;
    try {
      database.transaction(() => database.deleteRecords(before.sequence + 1, through));
      acknowledged.write(before);
    } catch (error) {
      this.#refuse('the last records could be neither acknowledged nor taken back', error);
    }
  }

  #refuse(why: string, cause: unknown): void {
    this.#refusal = new StreamlibError(
      'JOURNAL_UNAVAILABLE',
      `${why}: look at the disk and start the server again; until then nothing is written`,
      { cause },
    );
  }
}
