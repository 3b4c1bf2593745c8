import type { StreamlibError } from '../errors.ts';
import type { AcknowledgedState, Acknowledgement } from './acknowledged-file.ts';
import type { CheckedRecord } from './checked-rows.ts';
import type { JournalDatabase } from './journal-database.ts';
import { damaged, journalError } from './journal-errors.ts';
import { JournalReader } from './journal-reader.ts';
import { isSameHash } from './record-chain.ts';
import type { SealedSnapshot } from './snapshot-seal.ts';

/** The intact part of a journal that begins with a snapshot or with record 1. */
export interface ReadContents {
  readonly snapshot: SealedSnapshot | undefined;
  readonly records: readonly CheckedRecord[];
  /** The last record of it: where the chain goes on. */
  readonly tip: Acknowledgement & { readonly wallTimeMs: number };
  /** The first damage that was met. */
  readonly damage: StreamlibError | undefined;
}

/** Reads the newest snapshot and what follows it. Never throws for damage: it answers what stands before it. */
export function readContents(
  database: JournalDatabase,
  { journalId, acknowledged }: AcknowledgedState,
): ReadContents {
  const reader = new JournalReader(database, journalId);
  let damage: StreamlibError | undefined;
  const attempt = <Result>(read: () => Result): Result | undefined => {
    try {
      return read();
    } catch (error) {
      damage ??= journalError(error, 'read', 'journal.db');
      return undefined;
    }
  };

  let snapshot: SealedSnapshot | undefined;
  for (const { sequence } of attempt(() => database.snapshotMarks().reverse()) ?? []) {
    snapshot = attempt(() => reader.snapshotAt(sequence));
    if (snapshot !== undefined) break;
  }

  const records: CheckedRecord[] = [];
  attempt(() => {
    const { last } = database.recordBounds();
    for (const record of reader.records((snapshot?.sequence ?? 0) + 1, last)) records.push(record);
  });

  const end = records.at(-1);
  const tip = {
    sequence: end?.record.sequence ?? snapshot?.sequence ?? 0,
    revision: end?.record.revision ?? snapshot?.revision ?? 0,
    wallTimeMs: end?.record.wallTimeMs ?? snapshot?.wallTimeMs ?? 0,
    hash: end?.hash ?? snapshot?.hash ?? journalId,
  };
  attempt(() => checkAcknowledged(reader, tip.sequence, acknowledged));
  return { snapshot, records, tip, damage };
}

/** A database that goes further than was acknowledged is well: those records were written and nobody was told. */
function checkAcknowledged(
  reader: JournalReader,
  last: number,
  { sequence, revision, hash }: Acknowledgement,
): void {
  if (sequence > last) {
    throw damaged(
      'journal.db',
      `it ends with record ${last}, and record ${sequence} (revision ${revision}) was acknowledged`,
    );
  }
  const stored = reader.storedHash(sequence);
  if (stored !== undefined && !isSameHash(stored, hash)) {
    throw damaged('journal.db', `its record ${sequence} is not the one that was acknowledged`);
  }
}
