import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import fc from 'fast-check';
import { MemoryJournal, SqliteJournal } from '../../../server/runtime/journal/index.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { plain, recordsOf, snapshotOf } from './support/records.ts';

const RUNS = Number(process.env.STREAMLIB_TEST_RUNS ?? 25);
const LIMITS = { keepRecords: 24, keepAgeMs: 30_000, maxRecords: 100 };

type Step =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'snapshot'; readonly back: number }
  | { readonly kind: 'reopen' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      sizes: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('snapshot' as const), back: fc.integer({ min: 0, max: 10 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

describe('SqliteJournal and MemoryJournal', () => {
  const folder = useTemporaryFolder();

  it('hold the same after random appends, snapshots and openings', async function () {
    this.timeout(RUNS * 3000);
    const steps = fc.array(step, { minLength: 1, maxLength: 40 });
    await fc.assert(fc.asyncProperty(steps, compare), { numRuns: RUNS });
  });

  async function compare(steps: readonly Step[]): Promise<void> {
    const directory = mkdtempSync(folder('state-'));
    const memory = new MemoryJournal(LIMITS);
    let disk = new SqliteJournal({ directory, limits: LIMITS });
    await memory.open();
    await disk.open();
    let last = 0;
    let newestSnapshot = 0;

    for (const one of steps) {
      if (one.kind === 'append') {
        const batches = one.sizes.map((size) => {
          const batch = recordsOf(last + 1, last + size);
          last += size;
          return batch;
        });
        await Promise.all(batches.flatMap((batch) => [memory.append(batch), disk.append(batch)]));
      } else if (one.kind === 'snapshot') {
        const sequence = Math.max(last - one.back, newestSnapshot);
        if (sequence === 0) continue;
        newestSnapshot = sequence;
        await Promise.all([memory, disk].map((journal) => journal.snapshot(snapshotOf(sequence))));
      } else {
        await disk.close();
        disk = new SqliteJournal({ directory, limits: LIMITS });
        const { snapshot, records } = await disk.open();
        assert.equal(snapshot?.sequence ?? 0, newestSnapshot);
        assert.deepEqual(plain(records), recordsOf(newestSnapshot + 1, last));
      }
    }

    const want = await memory.read({ from: 0, limit: 10_000 });
    await eventually(
      async () => (await disk.read({ from: 0, limit: 1 })).oldest === want.oldest,
      'it is compacted',
    );
    const have = await disk.read({ from: 0, limit: 10_000 });
    assert.deepEqual({ ...have, records: plain(have.records) }, { ...want, records: plain(want.records) });
    for (let at = 0; at <= last; at++) {
      const [one, other] = [await memory.snapshotBefore(at), await disk.snapshotBefore(at)];
      assert.deepEqual([other?.sequence, String(other?.payload)], [one?.sequence, String(one?.payload)]);
    }
    assert.deepEqual(await disk.verify(), await memory.verify());
    await disk.close();
  }
});
