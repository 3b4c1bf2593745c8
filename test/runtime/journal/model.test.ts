import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import fc from 'fast-check';
import { type Journal, MemoryJournal, SqliteJournal } from '../../../server/runtime/journal/index.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { plain, recordsOf, snapshotOf } from './support/records.ts';

const RUNS = Number(process.env.STREAMLIB_TEST_RUNS ?? 20);
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

/** What the two journals must be able to answer. */
interface Model {
  last: number;
  readonly snapshots: Set<number>;
}

/** Everything that is kept is as it was written, and can be rebuilt from a snapshot that was taken. */
async function assertHolds(journal: Journal, { last, snapshots }: Model): Promise<void> {
  const page = await journal.read({ from: 0, limit: 10_000 });
  const { oldest, records } = page;
  assert.equal(page.last, last);
  assert.deepEqual(plain(records), last === 0 ? [] : recordsOf(oldest, last));
  assert.ok(oldest <= 1 || last - oldest + 1 >= LIMITS.keepRecords);
  for (let at = Math.max(oldest - 1, 0); at <= last; at++) {
    const snapshot = await journal.snapshotBefore(at);
    const begin = snapshot?.sequence ?? 0;
    assert.ok(begin >= oldest - 1 && begin <= at);
    assert.ok(snapshot === undefined || snapshots.has(begin));
    assert.deepEqual([...(snapshot?.payload ?? [])], begin === 0 ? [] : [...snapshotOf(begin).payload]);
  }
  const newest = Math.max(0, ...snapshots);
  assert.equal((await journal.snapshotBefore(last))?.sequence ?? 0, newest);
  assert.equal((await journal.verify()).damage, undefined);
}

describe('SqliteJournal and MemoryJournal', () => {
  const folder = useTemporaryFolder();

  it('hold what they must after random appends, snapshots and openings', async function () {
    this.timeout(RUNS * 3000);
    const steps = fc.array(step, { minLength: 1, maxLength: 40 });
    await fc.assert(fc.asyncProperty(steps, compare), { numRuns: RUNS, endOnFailure: true });
  });

  async function compare(steps: readonly Step[]): Promise<void> {
    const directory = mkdtempSync(folder('state-'));
    const memory = new MemoryJournal(LIMITS);
    let disk = new SqliteJournal({ directory, limits: LIMITS });
    await memory.open();
    await disk.open();
    const model: Model = { last: 0, snapshots: new Set() };

    for (const one of steps) {
      const newestSnapshot = Math.max(0, ...model.snapshots);
      if (one.kind === 'append') {
        const batches = one.sizes.map((size) => {
          const batch = recordsOf(model.last + 1, model.last + size);
          model.last += size;
          return batch;
        });
        await Promise.all(batches.flatMap((batch) => [memory.append(batch), disk.append(batch)]));
      } else if (one.kind === 'snapshot') {
        const sequence = Math.max(model.last - one.back, newestSnapshot);
        if (sequence === 0) continue;
        model.snapshots.add(sequence);
        await Promise.all([memory, disk].map((journal) => journal.snapshot(snapshotOf(sequence))));
      } else {
        await disk.close();
        disk = new SqliteJournal({ directory, limits: LIMITS });
        const { snapshot, records } = await disk.open();
        assert.equal(snapshot?.sequence ?? 0, newestSnapshot);
        assert.deepEqual(plain(records), recordsOf(newestSnapshot + 1, model.last));
      }
    }
    await assertHolds(memory, model);
    // A compaction may be under way, between one question and the next.
    await eventually(() => assertHolds(disk, model).then(() => true), 'the journal on disk holds the same');
    await disk.close();
  }
});
