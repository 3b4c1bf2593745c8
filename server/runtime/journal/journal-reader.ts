import { type CheckedRecord, checkRecordRow, checkSnapshotRow } from './checked-rows.ts';
import type { JournalDatabase } from './journal-database.ts';
import { damaged } from './journal-errors.ts';
import { isSameHash } from './record-chain.ts';
import type { SealedSnapshot } from './snapshot-seal.ts';

/** Reads from journal.db only what is as it was written; everything else is JOURNAL_DAMAGED or an error of SQLite. */
export class JournalReader {
  readonly #database: JournalDatabase;
  readonly #journalId: Uint8Array;

  constructor(database: JournalDatabase, journalId: Uint8Array) {
    this.#database = database;
    this.#journalId = journalId;
  }

  /**
   * The oldest record that can be rebuilt. A compaction drops the snapshots before its base first and the records in
   * it by and by: from then on the history begins after the base.
   */
  oldest(): number {
    const { first } = this.#database.recordBounds();
    if (first <= 1) return first;
    const base = this.#database.snapshotMarks()[0];
    if (base === undefined)
      throw damaged('the journal', `it begins with record ${first} and has no snapshot`);
    return base.sequence + 1;
  }

  /** The records from one to another, each checked against the one before. */
  *records(from: number, to: number): Generator<CheckedRecord> {
    let before = from <= to ? this.#hashBefore(from) : this.#journalId;
    let sequence = from;
    for (const row of this.#database.recordRows(from, to, to - from + 1)) {
      const checked = checkRecordRow(row, sequence, before);
      yield checked;
      before = checked.hash;
      sequence++;
    }
    if (sequence <= to) throw damaged(`record ${sequence} of the journal`, 'it is missing');
  }

  /** The newest snapshot that contains nothing after `sequence`. */
  snapshotBefore(sequence: number): SealedSnapshot | undefined {
    const mark = this.#database.snapshotMarks().findLast((candidate) => candidate.sequence <= sequence);
    return mark === undefined ? undefined : this.snapshotAt(mark.sequence);
  }

  snapshotAt(sequence: number): SealedSnapshot {
    const snapshot = checkSnapshotRow(this.#database.snapshotRow(sequence), sequence);
    const own = this.#database.recordRow(sequence)?.hash;
    if (own instanceof Uint8Array && !isSameHash(own, snapshot.hash)) {
      throw damaged(`the snapshot of record ${sequence} of the journal`, 'its record is another one');
    }
    return snapshot;
  }

  /** The hash that a record must have; undefined for one that is not kept. */
  storedHash(sequence: number): Uint8Array | undefined {
    if (sequence === 0) return this.#journalId;
    const hash = this.#database.recordRow(sequence)?.hash ?? this.#database.snapshotRow(sequence)?.hash;
    return hash instanceof Uint8Array ? hash : undefined;
  }

  #hashBefore(sequence: number): Uint8Array {
    const hash = this.storedHash(sequence - 1);
    if (hash === undefined) throw damaged(`record ${sequence - 1} of the journal`, 'it is missing');
    return hash;
  }
}
