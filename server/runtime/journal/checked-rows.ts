import type { JournalRecord } from './journal.ts';
import type { Row } from './journal-database.ts';
import { damaged } from './journal-errors.ts';
import { packRecords } from './record-bytes.ts';
import { HASH_BYTES, isSameHash, recordCrc, sealRecord } from './record-chain.ts';
import { type SealedSnapshot, sealSnapshot } from './snapshot-seal.ts';

/** A record that was found as it was written, and its hash. */
export interface CheckedRecord {
  readonly record: JournalRecord;
  readonly hash: Uint8Array;
}

const MAX_KIND = 0xffff;

/** The record of a row that must be `sequence` and follow the hash `before`. Throws JOURNAL_DAMAGED naming it. */
export function checkRecordRow(row: Row | undefined, sequence: number, before: Uint8Array): CheckedRecord {
  const where = `record ${sequence} of the journal`;
  if (row === undefined || row.sequence !== sequence) throw damaged(where, 'it is missing');
  const { kind, revision, wall_time_ms: wallTimeMs, payload, hash, crc } = row;
  const isWhole =
    isCount(kind) &&
    kind <= MAX_KIND &&
    isCount(revision) &&
    isCount(wallTimeMs) &&
    payload instanceof Uint8Array;
  if (!isWhole || !isHash(hash)) throw damaged(where, 'a column holds what was never written');
  const record = { sequence, kind, revision, wallTimeMs, payload };
  const bytes = packRecords([record]);
  if (recordCrc(bytes, hash) !== crc) throw damaged(where, 'its checksum is wrong');
  if (!isSameHash(sealRecord(before, bytes).hash, hash)) {
    throw damaged(where, 'it does not follow from the record before');
  }
  return { record, hash };
}

/** The snapshot of a row. Throws JOURNAL_DAMAGED naming it. */
export function checkSnapshotRow(row: Row | undefined, sequence: number): SealedSnapshot {
  const where = `the snapshot of record ${sequence} of the journal`;
  if (row === undefined || row.sequence !== sequence) throw damaged(where, 'it is missing');
  const { revision, wall_time_ms: wallTimeMs, payload, hash, digest } = row;
  const isWhole = isCount(revision) && isCount(wallTimeMs) && payload instanceof Uint8Array;
  if (!isWhole || !isHash(hash) || !isHash(digest))
    throw damaged(where, 'a column holds what was never written');
  const sealed = sealSnapshot({ sequence, revision, wallTimeMs, payload, hash });
  if (!isSameHash(sealed.digest, digest)) throw damaged(where, 'its checksum is wrong');
  return sealed;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const isHash = (value: unknown): value is Uint8Array =>
  value instanceof Uint8Array && value.length === HASH_BYTES;
