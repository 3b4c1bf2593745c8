import assert from 'node:assert/strict';
import type { CrashPoint } from '../../../server/runtime/journal/crash-points.ts';
import { DEFAULT_JOURNAL_LIMITS } from '../../../server/runtime/journal/index.ts';
import { JournalStore } from '../../../server/runtime/journal/journal-store.ts';
import { openToWrite } from '../../../server/runtime/journal/open-journal.ts';
import { packRecords } from '../../../server/runtime/journal/record-bytes.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { plain, recordsOf } from './support/records.ts';

describe('JournalStore', () => {
  const folder = useTemporaryFolder();
  let failingAt: CrashPoint | undefined;

  beforeEach(() => {
    failingAt = undefined;
  });

  function openStore() {
    const passed = (point: CrashPoint) => {
      if (point === failingAt) throw new Error(`the disk failed ${point}`);
    };
    const opened = openToWrite(folder('state'), passed);
    return {
      store: new JournalStore(opened, { limits: DEFAULT_JOURNAL_LIMITS, passed }),
      ...opened.contents,
    };
  }

  for (const point of ['within_group', 'before_commit', 'after_commit'] as const) {
    it(`keeps nothing of a group that failed ${point.replaceAll('_', ' ')}, and writes the next one`, () => {
      const { store } = openStore();
      store.append(packRecords(recordsOf(1, 3)));
      failingAt = point;
      assert.throws(() => store.append(packRecords(recordsOf(4, 9))), { code: 'JOURNAL_UNAVAILABLE' });
      assert.throws(() => store.append(packRecords(recordsOf(4, 9))), { code: 'JOURNAL_UNAVAILABLE' });
      failingAt = undefined;
      assert.deepEqual([store.oldest, store.last], [1, 3]);
      store.append(packRecords(recordsOf(4, 5)));
      store[Symbol.dispose]();

      const again = openStore();
      assert.deepEqual(plain(again.records.map(({ record }) => record)), recordsOf(1, 5));
      again.store[Symbol.dispose]();
    });
  }

  it('opens with the group before when a group failed as the last thing that it did', () => {
    const { store } = openStore();
    store.append(packRecords(recordsOf(1, 3)));
    failingAt = 'after_commit';
    assert.throws(() => store.append(packRecords(recordsOf(4, 9))), { code: 'JOURNAL_UNAVAILABLE' });
    store[Symbol.dispose]();
    failingAt = undefined;
    const again = openStore();
    assert.deepEqual(plain(again.records.map(({ record }) => record)), recordsOf(1, 3));
    again.store[Symbol.dispose]();
  });
});
