import { StreamlibError } from '../errors.ts';
import { DEFAULT_JOURNAL_LIMITS, type JournalLimits, type JournalRecord } from './journal.ts';

const MAX_KIND = 0xffff;

/** Throws FIELD_INVALID unless the records follow each other and `last`, and every number is one that can be stored. */
export function assertRecordsFollow(records: readonly JournalRecord[], last: number): void {
  for (const [i, { sequence, kind, revision, wallTimeMs }] of records.entries()) {
    const path = `records[${i}]`;
    const due = last + 1 + i;
    if (sequence !== due) throw invalid(`${path}.sequence`, `must be ${due}`, sequence);
    assertCount(`${path}.kind`, kind);
    if (kind > MAX_KIND) throw invalid(`${path}.kind`, `must be at most ${MAX_KIND}`, kind);
    assertCount(`${path}.revision`, revision);
    assertCount(`${path}.wallTimeMs`, wallTimeMs);
  }
}

/** What a snapshot may stand for. */
export interface SnapshotRange {
  /** The oldest kept record, and the newest snapshot; 0 for none. */
  readonly oldest: number;
  readonly newestSnapshot: number;
  readonly last: number;
}

/** Throws FIELD_INVALID unless a snapshot of this record may be taken now. */
export function assertSnapshotSequence(
  sequence: number,
  { oldest, newestSnapshot, last }: SnapshotRange,
): void {
  const least = Math.max(1, oldest, newestSnapshot);
  if (Number.isSafeInteger(sequence) && sequence >= least && sequence <= last) return;
  throw invalid('snapshot.sequence', `must be a durable record from ${least} to ${last}`, sequence);
}

/** Throws FIELD_INVALID unless it is a whole number from `least` up. */
export function assertCount(path: string, value: number, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw invalid(path, `must be a whole number from ${least}`, value);
}

/** The limits with their defaults. Throws FIELD_INVALID. */
export function journalLimits(given: Partial<JournalLimits> = {}): JournalLimits {
  const limits = { ...DEFAULT_JOURNAL_LIMITS, ...given };
  assertCount('limits.keepRecords', limits.keepRecords, 1);
  assertCount('limits.keepAgeMs', limits.keepAgeMs);
  assertCount('limits.maxRecords', limits.maxRecords, limits.keepRecords);
  return limits;
}

function invalid(path: string, rule: string, was: number): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${path} ${rule}, was ${was}`, { path });
}
