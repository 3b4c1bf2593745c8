import { planCompaction, type SnapshotMark } from './compaction-plan.ts';
import type { CrashPoint } from './crash-points.ts';
import type { JournalLimits } from './journal.ts';
import type { JournalDatabase } from './journal-database.ts';

// A log of that length is moved to the database file in a few milliseconds.
const CHECKPOINT_GROUPS = 500;
const CHECKPOINT_BYTES = 4 * 1024 * 1024;
/** How many records one slice of a compaction removes: about 2 ms. */
const SLICE_RECORDS = 500;

/** Keeps the files small, in slices that the journal's thread does when nobody waits for it. */
export class JournalUpkeep {
  readonly #database: JournalDatabase;
  readonly #limits: JournalLimits;
  readonly #passed: (point: CrashPoint) => void;
  #groupsInLog = 0;
  #bytesInLog = 0;
  #removeThrough = 0;
  #dropSnapshots: readonly number[] = [];

  constructor(database: JournalDatabase, limits: JournalLimits, passed: (point: CrashPoint) => void) {
    this.#database = database;
    this.#limits = limits;
    this.#passed = passed;
  }

  /** Something was written; a checkpoint follows when that was enough. */
  noteWritten(byteCount: number): void {
    this.#groupsInLog++;
    this.#bytesInLog += byteCount;
  }

  /** Looks at what may be removed; the slices follow. `last` is the newest record. */
  planCompaction(last: SnapshotMark): void {
    const plan = planCompaction(this.#database.snapshotMarks(), last, this.#limits);
    this.#removeThrough = plan.removeThrough;
    this.#dropSnapshots = plan.dropSnapshots;
  }

  /** Does one slice and answers whether there is more. After an error the rest waits for its next cause. */
  doSlice(): boolean {
    try {
      return this.#removeSlice() || this.#checkpoint();
    } catch (error) {
      this.#removeThrough = 0;
      this.#dropSnapshots = [];
      this.#groupsInLog = 0;
      this.#bytesInLog = 0;
      throw error;
    }
  }

  #removeSlice(): boolean {
    const { first } = this.#database.recordBounds();
    const hasRecords = first > 0 && first <= this.#removeThrough;
    if (!hasRecords && this.#dropSnapshots.length === 0) return false;
    const through = Math.min(first + SLICE_RECORDS - 1, this.#removeThrough);
    this.#database.transaction(() => {
      for (const sequence of this.#dropSnapshots) this.#database.deleteSnapshot(sequence);
      if (hasRecords) this.#database.deleteRecords(first, through);
      this.#passed('within_compaction');
    });
    this.#passed('after_compaction');
    this.#dropSnapshots = [];
    this.noteWritten(0);
    return true;
  }

  #checkpoint(): boolean {
    if (this.#groupsInLog < CHECKPOINT_GROUPS && this.#bytesInLog < CHECKPOINT_BYTES) return false;
    this.#passed('before_checkpoint');
    this.#database.checkpoint();
    this.#passed('after_checkpoint');
    this.#groupsInLog = 0;
    this.#bytesInLog = 0;
    return false;
  }
}
