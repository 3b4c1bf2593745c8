import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planCompaction } from '../../../server/runtime/journal/compaction-plan.ts';

const mark = (sequence: number) => ({ sequence, wallTimeMs: sequence * 1000 });
const marks = (...sequences: number[]) => sequences.map(mark);
const limits = { keepRecords: 80, keepAgeMs: 50_000, maxRecords: 200 };

describe('planCompaction', () => {
  for (const { name, snapshots, last, given, want } of [
    {
      name: 'nothing without a snapshot',
      snapshots: marks(),
      last: 1000,
      want: { removeThrough: 0, dropSnapshots: [] },
    },
    {
      name: 'nothing within the count',
      snapshots: marks(30),
      last: 100,
      want: { removeThrough: 0, dropSnapshots: [] },
    },
    {
      name: 'what is past both',
      snapshots: marks(20),
      last: 100,
      want: { removeThrough: 20, dropSnapshots: [] },
    },
    {
      name: 'nothing that is past the count and young',
      snapshots: marks(20),
      last: 100,
      given: { ...limits, keepAgeMs: 90_000 },
      want: { removeThrough: 0, dropSnapshots: [] },
    },
    {
      name: 'young ones past the maximum',
      snapshots: marks(20, 60),
      last: 260,
      given: { ...limits, keepAgeMs: 1e9 },
      want: { removeThrough: 60, dropSnapshots: [20] },
    },
    {
      name: 'snapshots that are near to the one before, but never the newest',
      snapshots: marks(40, 45, 50, 55, 58),
      last: 100,
      want: { removeThrough: 0, dropSnapshots: [45, 55] },
    },
  ]) {
    it(`removes ${name}`, () =>
      assert.deepEqual(planCompaction(snapshots, mark(last), given ?? limits), want));
  }

  it('leaves few snapshots, and one at the end of what it removes', () => {
    const sorted = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(sorted, fc.integer({ min: 0, max: 300 }), (sequences, after) => {
        const snapshots = marks(...sequences.toSorted((a, b) => a - b));
        const last = (snapshots.at(-1)?.sequence ?? 0) + after;
        const { removeThrough, dropSnapshots } = planCompaction(snapshots, mark(last), limits);
        const kept = snapshots.map(({ sequence }) => sequence).filter((at) => !dropSnapshots.includes(at));
        assert.ok(removeThrough === 0 || kept[0] === removeThrough);
        assert.equal(kept.at(-1), snapshots.at(-1)?.sequence);
        assert.ok(last - removeThrough >= limits.keepRecords || removeThrough === 0);
        for (let i = 2; i < kept.length; i++) assert.ok((kept[i - 1] ?? 0) - (kept[i - 2] ?? 0) >= 10);
      }),
    );
  });
});
