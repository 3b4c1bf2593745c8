import type { JournalRecord } from './journal.ts';

/*
 * A record as bytes, the same between threads and under the checksum and the hash; little-endian.
 *
 *  0          8       12           16         24           32
 *  ┌──────────┬───────┬────────────┬──────────┬────────────┬─────────┐
 *  │ sequence │ kind  │ byte count │ revision │ wallTimeMs │ payload │
 *  │ f64      │ u32   │ u32        │ f64      │ f64        │         │
 *  └──────────┴───────┴────────────┴──────────┴────────────┴─────────┘
 */

/** Where the payload begins. */
const RECORD_HEADER_BYTES = 32;

/** The records one after the other, in a buffer of their own that may be transferred. */
export function packRecords(records: readonly JournalRecord[]): Uint8Array<ArrayBuffer> {
  const byteCount = records.reduce((sum, { payload }) => sum + RECORD_HEADER_BYTES + payload.length, 0);
  const packed = new Uint8Array(byteCount);
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const { sequence, kind, revision, wallTimeMs, payload } of records) {
    view.setFloat64(at, sequence, true);
    view.setUint32(at + 8, kind, true);
    view.setUint32(at + 12, payload.length, true);
    view.setFloat64(at + 16, revision, true);
    view.setFloat64(at + 24, wallTimeMs, true);
    packed.set(payload, at + RECORD_HEADER_BYTES);
    at += RECORD_HEADER_BYTES + payload.length;
  }
  return packed;
}

/** A record and the bytes that stand for it, both views of the packed buffer. */
export interface PackedRecord {
  readonly record: JournalRecord;
  readonly bytes: Uint8Array;
}

/** The records of a buffer that `packRecords` made. */
export function* unpackRecords(packed: Uint8Array): Generator<PackedRecord> {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = 0; at < packed.length; ) {
    const end = at + RECORD_HEADER_BYTES + view.getUint32(at + 12, true);
    const record = {
      sequence: view.getFloat64(at, true),
      kind: view.getUint32(at + 8, true),
      revision: view.getFloat64(at + 16, true),
      wallTimeMs: view.getFloat64(at + 24, true),
      payload: packed.subarray(at + RECORD_HEADER_BYTES, end),
    };
    yield { record, bytes: packed.subarray(at, end) };
    at = end;
  }
}
