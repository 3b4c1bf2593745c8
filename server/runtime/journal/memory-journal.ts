import { StreamlibError } from '../errors.ts';
import { planCompaction } from './compaction-plan.ts';
import type {
  Journal,
  JournalContents,
  JournalLimits,
  JournalOpenOptions,
  JournalPage,
  JournalRecord,
  JournalSnapshot,
  JournalVerdict,
} from './journal.ts';
import {
  assertCount,
  assertRecordsFollow,
  assertSnapshotSequence,
  journalLimits,
} from './journal-arguments.ts';

/** A journal that is gone with the process: the same contract, and the same limits hold its memory down. */
export class MemoryJournal implements Journal {
  readonly #limits: JournalLimits;
  #state: 'new' | 'open' | 'closed' = 'new';
  #readOnly = false;
  #records: JournalRecord[] = [];
  #snapshots: (JournalSnapshot & { readonly wallTimeMs: number })[] = [];

  /** Throws FIELD_INVALID for limits that cannot be kept. */
  constructor(limits: Partial<JournalLimits> = {}) {
    this.#limits = journalLimits(limits);
  }

  async open({ readOnly = false }: JournalOpenOptions = {}): Promise<JournalContents> {
    if (this.#state !== 'new') throw new StreamlibError('INTERNAL', 'the journal was opened before');
    this.#state = 'open';
    this.#readOnly = readOnly;
    return { snapshot: undefined, records: [], damage: undefined };
  }

  async append(records: readonly JournalRecord[]): Promise<void> {
    this.#assertWritable();
    assertRecordsFollow(records, this.#last);
    for (const record of records) this.#records.push({ ...record, payload: record.payload.slice() });
  }

  async snapshot({ sequence, payload }: JournalSnapshot): Promise<void> {
    this.#assertWritable();
    const newest = this.#records.at(-1);
    const newestSnapshot = this.#snapshots.at(-1)?.sequence ?? 0;
    assertSnapshotSequence(sequence, { oldest: this.#oldest, newestSnapshot, last: this.#last });
    if (sequence === newestSnapshot || newest === undefined) return;
    const wallTimeMs = this.#records[sequence - this.#oldest]?.wallTimeMs ?? 0;
    this.#snapshots.push({ sequence, payload: payload.slice(), wallTimeMs });
    const plan = planCompaction(this.#snapshots, newest, this.#limits);
    this.#snapshots = this.#snapshots.filter((kept) => !plan.dropSnapshots.includes(kept.sequence));
    this.#records.splice(0, Math.max(plan.removeThrough - this.#oldest + 1, 0));
  }

  async read(range: { from: number; to?: number; limit: number }): Promise<JournalPage> {
    const { from, to = Number.MAX_SAFE_INTEGER, limit } = range;
    assertCount('from', from);
    assertCount('to', to);
    assertCount('limit', limit, 1);
    const records = this.#between(from, to).slice(0, limit);
    return { oldest: this.#oldest, last: this.#last, records };
  }

  async readBack({
    before = Number.MAX_SAFE_INTEGER,
    limit,
  }: {
    before?: number;
    limit: number;
  }): Promise<JournalPage> {
    assertCount('before', before, 1);
    assertCount('limit', limit, 1);
    const records = this.#between(0, before - 1)
      .slice(-limit)
      .reverse();
    return { oldest: this.#oldest, last: this.#last, records };
  }

  async snapshotBefore(sequence: number): Promise<JournalSnapshot | undefined> {
    this.#assertOpen();
    assertCount('sequence', sequence);
    const found = this.#snapshots.findLast((snapshot) => snapshot.sequence <= sequence);
    return found && { sequence: found.sequence, payload: found.payload };
  }

  async verify(): Promise<JournalVerdict> {
    this.#assertOpen();
    return { records: this.#records.length, snapshots: this.#snapshots.length, damage: undefined };
  }

  async close(): Promise<void> {
    this.#state = 'closed';
  }

  get #oldest(): number {
    return this.#records[0]?.sequence ?? 0;
  }

  get #last(): number {
    return this.#records.at(-1)?.sequence ?? 0;
  }

  #between(from: number, to: number): JournalRecord[] {
    this.#assertOpen();
    const oldest = this.#oldest;
    return this.#records.slice(Math.max(from - oldest, 0), Math.max(to - oldest + 1, 0));
  }

  #assertOpen(): void {
    if (this.#state !== 'open') throw new StreamlibError('JOURNAL_UNAVAILABLE', 'the journal is not open');
  }

  #assertWritable(): void {
    this.#assertOpen();
    if (this.#readOnly)
      throw new StreamlibError('JOURNAL_READ_ONLY', 'the journal was opened to be read only');
  }
}
