import { StreamlibError } from '../errors.ts';
import { CRASH_VARIABLE } from './crash-points.ts';
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
import { assertCount, assertRecordsFollow, journalLimits } from './journal-arguments.ts';
import type { JournalAnswers } from './journal-messages.ts';
import { JournalThread } from './journal-thread-handle.ts';
import { packRecords, unpackRecords } from './record-bytes.ts';

/** Where a journal is and what it keeps. */
export interface SqliteJournalOptions {
  /** Made if it is missing, for its owner alone. One server per directory. */
  readonly directory: string;
  readonly limits?: Partial<JournalLimits>;
  /**
   * Called when a checkpoint or a compaction failed, most likely for want of room. Nothing is lost, the files grow on,
   * and it is tried again after more was written. For a log; nothing happens without it.
   */
  readonly onUpkeepFailed?: (error: StreamlibError) => void;
  /** Fault injection for tests: see crash-points.ts. Defaults to the environment's STREAMLIB_JOURNAL_CRASH. */
  readonly crashAt?: string;
}

interface WaitingBatch {
  readonly packed: Uint8Array;
  readonly last: number;
  resolve(): void;
  reject(error: StreamlibError): void;
}

/** A group is as large as what has arrived, but an answer should not wait for more than this. */
const MAX_GROUP_BYTES = 8 * 1024 * 1024;

/**
 * A journal in the files of a directory, written by a thread of its own. Idle it does nothing: no timer, no polling. It keeps the process alive until it is closed. docs/control-plane.md describes the files.
 */
export class SqliteJournal implements Journal {
  readonly #thread: JournalThread;
  #waiting: WaitingBatch[] = [];
  #writing: Promise<void> | undefined;
  /** The last record that was handed over, and the last that is durable. */
  #handedOver = 0;
  #durable = 0;

  /** Throws FIELD_INVALID for limits that cannot be kept. */
  constructor(options: SqliteJournalOptions) {
    const { directory, onUpkeepFailed = () => {}, crashAt = process.env[CRASH_VARIABLE] } = options;
    this.#thread = new JournalThread(
      { directory, limits: journalLimits(options.limits), crashAt },
      onUpkeepFailed,
    );
  }

  async open({ readOnly = false }: JournalOpenOptions = {}): Promise<JournalContents> {
    this.#thread.start();
    try {
      const { snapshot, packed, last, damage } = await this.#thread.ask({ kind: 'open', readOnly });
      this.#handedOver = last;
      this.#durable = last;
      return { snapshot, records: recordsOf(packed), damage: damage && StreamlibError.fromPlain(damage) };
    } catch (error) {
      await this.#thread.end();
      throw error;
    }
  }

  async append(records: readonly JournalRecord[]): Promise<void> {
    assertRecordsFollow(records, this.#handedOver);
    if (records.length === 0) return;
    this.#handedOver += records.length;
    const batch = { packed: packRecords(records), last: this.#handedOver };
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject });
      this.#writing ??= this.#writeGroups();
    });
  }

  async snapshot({ sequence, payload }: JournalSnapshot): Promise<void> {
    assertCount('snapshot.sequence', sequence, 1);
    const copy = payload.slice();
    await this.#thread.ask({ kind: 'snapshot', snapshot: { sequence, payload: copy } }, [copy.buffer]);
  }

  async read(range: { from: number; to?: number; limit: number }): Promise<JournalPage> {
    const { from, to = Number.MAX_SAFE_INTEGER, limit } = range;
    assertCount('from', from);
    assertCount('to', to);
    assertCount('limit', limit, 1);
    return pageOf(await this.#thread.ask({ kind: 'read', from, to, limit, newest: false }));
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
    const page = pageOf(
      await this.#thread.ask({ kind: 'read', from: 0, to: before - 1, limit, newest: true }),
    );
    return { ...page, records: page.records.toReversed() };
  }

  async snapshotBefore(sequence: number): Promise<JournalSnapshot | undefined> {
    assertCount('sequence', sequence);
    return await this.#thread.ask({ kind: 'snapshot_before', sequence });
  }

  async verify(): Promise<JournalVerdict> {
    const { damage, ...counts } = await this.#thread.ask({ kind: 'verify' });
    return { ...counts, damage: damage && StreamlibError.fromPlain(damage) };
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#thread.close();
  }

  async #writeGroups(): Promise<void> {
    for (;;) {
      // Who was answered just now, or hands over in the same turn, comes along.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      const group = this.#takeGroup();
      const newest = group.at(-1);
      if (newest === undefined) break;
      try {
        const packed = joined(group);
        await this.#thread.ask({ kind: 'append', packed }, [packed.buffer]);
        this.#durable = newest.last;
        for (const batch of group) batch.resolve();
      } catch (error) {
        this.#failAll(group, StreamlibError.from(error, 'JOURNAL_UNAVAILABLE'));
      }
    }
    this.#writing = undefined;
  }

  #takeGroup(): WaitingBatch[] {
    let byteCount = 0;
    const tooMany = this.#waiting.findIndex(({ packed }) => {
      byteCount += packed.length;
      return byteCount > MAX_GROUP_BYTES;
    });
    return this.#waiting.splice(0, tooMany < 0 ? this.#waiting.length : Math.max(1, tooMany));
  }

  /** What follows records that were not written cannot be written either: there would be a hole. */
  #failAll(group: readonly WaitingBatch[], error: StreamlibError): void {
    const all = [...group, ...this.#waiting];
    this.#waiting = [];
    this.#handedOver = this.#durable;
    for (const batch of all) batch.reject(error);
  }
}

function joined(group: readonly WaitingBatch[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(group.reduce((sum, { packed }) => sum + packed.length, 0));
  let at = 0;
  for (const { packed } of group) {
    bytes.set(packed, at);
    at += packed.length;
  }
  return bytes;
}

const recordsOf = (packed: Uint8Array): JournalRecord[] =>
  [...unpackRecords(packed)].map(({ record }) => record);

const pageOf = ({ packed, ...bounds }: JournalAnswers['read']): JournalPage => ({
  ...bounds,
  records: recordsOf(packed),
});
