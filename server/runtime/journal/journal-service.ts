import { setImmediate as endOfTurn } from 'node:timers/promises';
import { StreamlibError } from '../errors.ts';
import { crashHook } from './crash-points.ts';
import type { JournalAnswers, JournalRequest, JournalStart } from './journal-messages.ts';
import { JournalStore } from './journal-store.ts';
import { openToRead, openToWrite } from './open-journal.ts';
import { packRecords } from './record-bytes.ts';

/** For so long at most an acknowledgement is not synced: see acknowledged-file.ts. A burst costs 50 syncs a second. */
const ACKNOWLEDGED_SYNC_MS = 20;
/** How many records a check reads before others have their turn: about 3 ms. */
const VERIFY_SLICE_RECORDS = 1000;

/** What the journal's thread does with what it is asked. */
export class JournalService {
  readonly #start: JournalStart;
  readonly #onUpkeepFailed: (error: StreamlibError) => void;
  #store: JournalStore | undefined;
  #isUpkeepDue = false;
  #acknowledgedSync: NodeJS.Timeout | undefined;

  constructor(start: JournalStart, onUpkeepFailed: (error: StreamlibError) => void) {
    this.#start = start;
    this.#onUpkeepFailed = onUpkeepFailed;
  }

  /** Throws or rejects with a StreamlibError. What is not yet done when it returns a promise lets others in between. */
  answer(request: JournalRequest): JournalAnswers[keyof JournalAnswers] | Promise<JournalAnswers['verify']> {
    if (request.kind === 'open') return this.#open(request.readOnly);
    const store = this.#store;
    if (store === undefined) throw new StreamlibError('JOURNAL_UNAVAILABLE', 'the journal is not open');
    switch (request.kind) {
      case 'append':
        store.append(request.packed);
        this.#syncAcknowledgedLater();
        return this.#upkeepLater();
      case 'snapshot':
        store.snapshot(request.snapshot);
        return this.#upkeepLater();
      case 'read':
        return readPage(store, request);
      case 'snapshot_before': {
        const found = store.snapshotBefore(request.sequence);
        return found && { sequence: found.sequence, payload: found.payload };
      }
      case 'verify':
        return verify(store);
      case 'close':
        this.#store = undefined;
        clearTimeout(this.#acknowledgedSync);
        store[Symbol.dispose]();
        return undefined;
    }
  }

  #open(readOnly: boolean): JournalAnswers['open'] {
    const { directory, limits, crashAt } = this.#start;
    const passed = crashHook(crashAt);
    const opened = readOnly ? openToRead(directory) : openToWrite(directory, passed);
    this.#store = new JournalStore(opened, { limits, passed });
    this.#upkeepLater();
    const { snapshot, records, tip, damage } = opened.contents;
    return {
      snapshot: snapshot && { sequence: snapshot.sequence, payload: snapshot.payload },
      packed: packRecords(records.map(({ record }) => record)),
      last: tip.sequence,
      damage: damage?.toPlain(),
    };
  }

  #syncAcknowledgedLater(): void {
    this.#acknowledgedSync ??= setTimeout(() => {
      this.#acknowledgedSync = undefined;
      this.#store?.syncAcknowledged();
    }, ACKNOWLEDGED_SYNC_MS);
  }

  /** Slices of upkeep are done between the messages; when none is left, nothing is waited for. */
  #upkeepLater(): undefined {
    if (this.#isUpkeepDue) return;
    this.#isUpkeepDue = true;
    setImmediate(() => {
      this.#isUpkeepDue = false;
      try {
        if (this.#store?.doUpkeep()) this.#upkeepLater();
      } catch (error) {
        this.#onUpkeepFailed(StreamlibError.from(error, 'JOURNAL_UNAVAILABLE'));
      }
    });
  }
}

type ReadRequest = Extract<JournalRequest, { kind: 'read' }>;

function readPage(store: JournalStore, { from, to, limit, newest }: ReadRequest): JournalAnswers['read'] {
  const { oldest, last } = store;
  let [first, final] = [Math.max(from, oldest), Math.min(to, last)];
  if (newest) first = Math.max(first, final - limit + 1);
  else final = Math.min(final, first + limit - 1);
  const isEmpty = last === 0 || first > final;
  const records = isEmpty ? [] : store.read(first, final).map(({ record }) => record);
  return { oldest, last, packed: packRecords(records) };
}

async function verify(store: JournalStore): Promise<JournalAnswers['verify']> {
  let [records, snapshots] = [0, 0];
  try {
    for (let from = store.oldest; from > 0 && from <= store.last; from += VERIFY_SLICE_RECORDS) {
      // A compaction may have come in between.
      const first = Math.max(from, store.oldest);
      records += store.read(first, Math.min(from + VERIFY_SLICE_RECORDS - 1, store.last)).length;
      await endOfTurn();
    }
    for (let before = store.last; before > 0; ) {
      const snapshot = store.snapshotBefore(before);
      if (snapshot === undefined) break;
      snapshots++;
      before = snapshot.sequence - 1;
      await endOfTurn();
    }
  } catch (error) {
    return { records, snapshots, damage: StreamlibError.from(error, 'JOURNAL_UNAVAILABLE').toPlain() };
  }
  return { records, snapshots, damage: store.damage?.toPlain() };
}
