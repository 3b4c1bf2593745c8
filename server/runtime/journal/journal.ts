import type { StreamlibError } from '../errors.ts';

/** One entry of a journal. All numbers are whole, from 0 to 2^53 - 1. */
export interface JournalRecord {
  /** 1, 2, 3, … without holes. */
  readonly sequence: number;
  /** What the payload is; its meaning is the caller's. At most 65,535. */
  readonly kind: number;
  /** The revision of the graph after it. */
  readonly revision: number;
  /** When, milliseconds since the Unix epoch. Compaction by age goes by it. */
  readonly wallTimeMs: number;
  /** Copied when it is handed over. One that a journal answers with may share its buffer with others. */
  readonly payload: Uint8Array;
}

/** The sum of all records up to one of them, so that an opening does not grow with history. */
export interface JournalSnapshot {
  /** The last record contained in it. */
  readonly sequence: number;
  /** Copied when it is handed over. */
  readonly payload: Uint8Array;
}

/** What may be removed, and when. */
export interface JournalLimits {
  /** At least so many of the newest records are kept; defaults to 100,000, from 1. */
  readonly keepRecords: number;
  /** Records younger than this are kept, counted back from the newest; defaults to 30 days. */
  readonly keepAgeMs: number;
  /**
   * Above so many, the oldest go whatever their age, so that a busy server does not fill its disk; defaults to
   * 1,000,000, at least `keepRecords`. At about 300 bytes a record that is 300 MB.
   */
  readonly maxRecords: number;
}

/** What an opened journal holds. */
export interface JournalContents {
  /** The newest snapshot; undefined before the first. */
  readonly snapshot: JournalSnapshot | undefined;
  /** Every record after the snapshot, in order. */
  readonly records: readonly JournalRecord[];
  /** Only when opened to be read: the first damage. What stands before it is intact and answered, what follows is not. */
  readonly damage: StreamlibError | undefined;
}

/** A part of the history. */
export interface JournalPage {
  /** The oldest record that is kept; 0 in an empty journal. */
  readonly oldest: number;
  /** The newest durable record; 0 in an empty journal. */
  readonly last: number;
  readonly records: readonly JournalRecord[];
}

/** What a walk over everything has found. */
export interface JournalVerdict {
  /** How many records and snapshots were found intact. */
  readonly records: number;
  readonly snapshots: number;
  readonly damage: StreamlibError | undefined;
}

/** How a journal is opened. */
export interface JournalOpenOptions {
  /** Writes nothing, and answers what is intact of a damaged journal; defaults to false. */
  readonly readOnly?: boolean;
}

/**
 * The durable memory of the control plane. It knows bytes and records, and nothing of what they mean. Call it from one
 * thread; every failure is a StreamlibError, and nothing that it does deletes or shortens what it cannot read.
 *
 * Compaction goes from snapshot to snapshot: the newest snapshot that is past the limits becomes the base, and what is
 * in it is removed. Kept are the base, the newest snapshot, and between them one for each eighth of `keepRecords`. So
 * every kept record can be rebuilt: `snapshotBefore` gives the place to begin, and without any snapshot nothing is
 * ever removed.
 */
export interface Journal {
  /**
   * Reads and checks the newest snapshot and what follows it. Once, before anything else. Throws JOURNAL_LOCKED,
   * JOURNAL_TOO_NEW, JOURNAL_UNAVAILABLE and, unless only read, JOURNAL_DAMAGED.
   */
  open(options?: JournalOpenOptions): Promise<JournalContents>;
  /**
   * Durable when it resolves; all or none of them. Batches that are handed over while a write is under way are written
   * together. The first must follow the last one handed over (FIELD_INVALID). When a write fails, the records of all
   * batches that were handed over are in no answer, each of their calls rejects with JOURNAL_UNAVAILABLE, and the next
   * batch must follow the last durable record again.
   */
  append(records: readonly JournalRecord[]): Promise<void>;
  /**
   * Durable when it resolves. Its sequence must be one of a durable and kept record and not below that of the newest
   * snapshot (FIELD_INVALID); a second one of the same sequence changes nothing.
   */
  snapshot(snapshot: JournalSnapshot): Promise<void>;
  /** Records from `from` (or the oldest kept) to `to`, at most `limit` of them, oldest first. */
  read(range: { from: number; to?: number; limit: number }): Promise<JournalPage>;
  /** At most `limit` records below `before`, newest first; without `before` the newest of all. */
  readBack(range: { before?: number; limit: number }): Promise<JournalPage>;
  /** The newest snapshot that contains nothing after `sequence`; undefined means: begin with record 1. */
  snapshotBefore(sequence: number): Promise<JournalSnapshot | undefined>;
  /** Checks every kept record and snapshot, in slices between other work. About 3 µs a record. */
  verify(): Promise<JournalVerdict>;
  /** What was handed over is written first. Nothing may be called after it. */
  close(): Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** What holds when nothing is said. */
export const DEFAULT_JOURNAL_LIMITS: JournalLimits = {
  keepRecords: 100_000,
  keepAgeMs: 30 * DAY_MS,
  maxRecords: 1_000_000,
};
