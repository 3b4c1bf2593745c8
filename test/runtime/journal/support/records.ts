import type { JournalRecord } from '../../../../server/runtime/journal/index.ts';

/** A record whose content follows from its sequence, a little longer each time. */
export function recordOf(sequence: number, fields: Partial<JournalRecord> = {}): JournalRecord {
  const payload = new TextEncoder().encode(`record ${sequence} ${'x'.repeat(sequence % 97)}`);
  return {
    sequence,
    kind: sequence % 5,
    revision: sequence * 2,
    wallTimeMs: 1000 * sequence,
    payload,
    ...fields,
  };
}

/** The records from one to another. */
export const recordsOf = (from: number, to: number): JournalRecord[] =>
  Array.from({ length: to - from + 1 }, (_, i) => recordOf(from + i));

/** Bytes for a snapshot of this record. */
export const snapshotOf = (sequence: number) => ({
  sequence,
  payload: new TextEncoder().encode(`everything up to ${sequence}`),
});

/** Records with payloads of one class, so that they compare by content. */
export const plain = (records: readonly JournalRecord[]): JournalRecord[] =>
  records.map((record) => ({ ...record, payload: new Uint8Array(record.payload) }));

/** Their sequences. */
export const sequencesOf = (records: readonly JournalRecord[]): number[] =>
  records.map(({ sequence }) => sequence);
