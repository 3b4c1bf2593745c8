import assert from 'node:assert/strict';
import {
  type Journal,
  type JournalLimits,
  MemoryJournal,
  SqliteJournal,
} from '../../../server/runtime/journal/index.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { plain, recordOf, recordsOf, sequencesOf, snapshotOf } from './support/records.ts';

type Create = (folder: (name: string) => string, limits?: Partial<JournalLimits>) => Journal;

const JOURNALS: readonly { readonly name: string; readonly create: Create }[] = [
  { name: 'MemoryJournal', create: (_, limits) => new MemoryJournal(limits) },
  {
    name: 'SqliteJournal',
    create: (folder, limits = {}) => new SqliteJournal({ directory: folder('state'), limits }),
  },
];

for (const { name, create } of JOURNALS) {
  describe(`Journal: ${name}`, () => {
    const folder = useTemporaryFolder();
    let journal: Journal;

    async function open(limits?: Partial<JournalLimits>): Promise<Journal> {
      journal = create(folder, limits);
      assert.deepEqual(await journal.open(), { snapshot: undefined, records: [], damage: undefined });
      return journal;
    }

    afterEach(() => journal.close());

    it('answers an empty journal with nothing', async () => {
      await open();
      assert.deepEqual(await journal.read({ from: 1, limit: 10 }), { oldest: 0, last: 0, records: [] });
      assert.deepEqual(await journal.readBack({ limit: 10 }), { oldest: 0, last: 0, records: [] });
      assert.equal(await journal.snapshotBefore(100), undefined);
      assert.deepEqual(await journal.verify(), { records: 0, snapshots: 0, damage: undefined });
    });

    it('gives back what was appended, from both ends', async () => {
      await open();
      await journal.append(recordsOf(1, 5));
      await journal.append([]);
      await journal.append(recordsOf(6, 10));
      const page = await journal.read({ from: 3, limit: 4 });
      assert.deepEqual([page.oldest, page.last], [1, 10]);
      assert.deepEqual(plain(page.records), recordsOf(3, 6));
      assert.deepEqual(sequencesOf((await journal.read({ from: 4, to: 5, limit: 10 })).records), [4, 5]);
      assert.deepEqual(sequencesOf((await journal.read({ from: 0, limit: 2 })).records), [1, 2]);
      assert.deepEqual(sequencesOf((await journal.read({ from: 11, limit: 2 })).records), []);
      assert.deepEqual(sequencesOf((await journal.readBack({ limit: 3 })).records), [10, 9, 8]);
      assert.deepEqual(sequencesOf((await journal.readBack({ before: 3, limit: 5 })).records), [2, 1]);
      assert.deepEqual(sequencesOf((await journal.readBack({ before: 1, limit: 5 })).records), []);
    });

    it('keeps the largest numbers and an empty payload', async () => {
      await open();
      const largest = Number.MAX_SAFE_INTEGER;
      const record = recordOf(1, {
        kind: 65_535,
        revision: largest,
        wallTimeMs: largest,
        payload: new Uint8Array(),
      });
      await journal.append([record]);
      assert.deepEqual(plain((await journal.read({ from: 1, limit: 1 })).records), [record]);
    });

    it('copies the payload when it is handed over', async () => {
      await open();
      const payload = new Uint8Array([1, 2, 3]);
      const written = journal.append([recordOf(1, { payload })]);
      payload.fill(9);
      await written;
      const { records } = await journal.read({ from: 1, limit: 1 });
      assert.deepEqual([...(records[0]?.payload ?? [])], [1, 2, 3]);
    });

    it('finds the newest snapshot that contains nothing newer', async () => {
      await open();
      await journal.append(recordsOf(1, 50));
      for (const sequence of [20, 40, 40]) await journal.snapshot(snapshotOf(sequence));
      for (const [at, want] of [
        [19, undefined],
        [20, 20],
        [39, 20],
        [50, 40],
      ] as const) {
        assert.equal((await journal.snapshotBefore(at))?.sequence, want);
      }
      const found = await journal.snapshotBefore(45);
      assert.deepEqual([...(found?.payload ?? [])], [...snapshotOf(40).payload]);
      assert.deepEqual(await journal.verify(), { records: 50, snapshots: 1 + 1, damage: undefined });
    });

    it('removes what is past the limits, and can rebuild all that is left', async () => {
      await open({ keepRecords: 80, keepAgeMs: 0, maxRecords: 1000 });
      for (let last = 0; last < 1000; last += 20) {
        await journal.append(recordsOf(last + 1, last + 20));
        await journal.snapshot(snapshotOf(last + 20));
      }
      await eventually(
        async () => (await journal.read({ from: 0, limit: 1 })).oldest === 921,
        'it is compacted',
      );
      assert.equal((await journal.snapshotBefore(920))?.sequence, 920);
      assert.equal(await journal.snapshotBefore(919), undefined);
      assert.deepEqual(sequencesOf((await journal.read({ from: 1, limit: 2 })).records), [921, 922]);
      assert.deepEqual(await journal.verify(), { records: 80, snapshots: 5, damage: undefined });
    });

    for (const { what, call, path } of [
      { what: 'a hole', call: () => journal.append(recordsOf(5, 6)), path: 'records[0].sequence' },
      { what: 'a repetition', call: () => journal.append(recordsOf(3, 4)), path: 'records[0].sequence' },
      {
        what: 'a hole within a batch',
        call: () => journal.append([recordOf(4), recordOf(6)]),
        path: 'records[1].sequence',
      },
      {
        what: 'a kind that is too large',
        call: () => journal.append([recordOf(4, { kind: 65_536 })]),
        path: 'records[0].kind',
      },
      {
        what: 'a broken time',
        call: () => journal.append([recordOf(4, { wallTimeMs: 0.5 })]),
        path: 'records[0].wallTimeMs',
      },
      {
        what: 'a snapshot of what is not there yet',
        call: () => journal.snapshot(snapshotOf(4)),
        path: 'snapshot.sequence',
      },
      {
        what: 'a snapshot below the newest',
        call: () => journal.snapshot(snapshotOf(1)),
        path: 'snapshot.sequence',
      },
      { what: 'a page of nothing', call: () => journal.read({ from: 1, limit: 0 }), path: 'limit' },
    ]) {
      it(`refuses ${what} and goes on`, async () => {
        await open();
        await journal.append(recordsOf(1, 3));
        await journal.snapshot(snapshotOf(2));
        await assert.rejects(call(), { code: 'FIELD_INVALID', path });
        await journal.append(recordsOf(4, 4));
        assert.equal((await journal.read({ from: 1, limit: 9 })).records.length, 4);
      });
    }

    it('refuses everything before it is opened and after it is closed', async () => {
      journal = create(folder);
      await assert.rejects(journal.read({ from: 1, limit: 1 }), { code: 'JOURNAL_UNAVAILABLE' });
      await journal.open();
      await journal.close();
      await assert.rejects(journal.append(recordsOf(1, 1)), { code: 'JOURNAL_UNAVAILABLE' });
    });

    it('writes in the order of the calls, whoever waits for whom', async () => {
      await open();
      const answered: number[] = [];
      let next = 1;
      const write = async () => {
        const first = next;
        next += 1 + (first % 3);
        await journal.append(recordsOf(first, next - 1));
        answered.push(first);
      };
      await Promise.all(
        Array.from({ length: 32 }, async () => {
          for (let turn = 0; turn < 20; turn++) await write();
        }),
      );
      assert.deepEqual(
        answered,
        answered.toSorted((a, b) => a - b),
      );
      const { records, last } = await journal.read({ from: 1, limit: next });
      assert.equal(last, next - 1);
      assert.deepEqual(plain(records), recordsOf(1, next - 1));
    });
  });
}
