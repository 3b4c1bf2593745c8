import assert from 'node:assert/strict';
import { CRASH_POINTS } from '../../../server/runtime/journal/crash-points.ts';
import { SqliteJournal } from '../../../server/runtime/journal/index.ts';
import { eventually } from '../../support/eventually.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { endsWithWholeBatch } from './support/batches.ts';
import { plain, recordsOf, snapshotOf } from './support/records.ts';
import { lastSaid, startWriter } from './support/start-writer.ts';

// STREAMLIB_TEST_CRASHES=300 mocha test/runtime/journal/crash.test.ts: each write point, then random moments.
const CRASHES = Number(process.env.STREAMLIB_TEST_CRASHES ?? 40);
const LONGEST_CRASH_MS = 3000;

/** What must hold after a writer died, whatever it was doing. */
async function assertRecovered(directory: string, stdout: string): Promise<void> {
  const acknowledged = lastSaid(stdout, 'acknowledged');
  const journal = new SqliteJournal({ directory });
  const { snapshot, records } = await journal.open();
  const base = snapshot?.sequence ?? 0;
  const last = base + records.length;
  assert.ok(last >= acknowledged, `it ends with ${last}, and ${acknowledged} was acknowledged`);
  assert.ok(base >= lastSaid(stdout, 'snapshot'));
  assert.ok(endsWithWholeBatch(last), `it ends with ${last}, within a batch`);
  assert.deepEqual(plain(records), recordsOf(base + 1, last));
  assert.deepEqual([...(snapshot?.payload ?? [])], base === 0 ? [] : [...snapshotOf(base).payload]);

  const page = await journal.read({ from: 1, limit: 10_000 });
  assert.deepEqual(plain(page.records), page.oldest === 0 ? [] : recordsOf(page.oldest, last));
  assert.equal((await journal.verify()).damage, undefined);
  await journal.close();
}

describe('SqliteJournal, killed', () => {
  const folder = useTemporaryFolder();
  const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

  for (const point of CRASH_POINTS) {
    it(`has what it acknowledged after a crash ${point.replaceAll('_', ' ')}`, async () => {
      const directory = folder('state');
      const isOnce = point === 'after_acknowledged_created' || point === 'before_tables';
      for (const count of isOnce ? [1] : [1, 2]) {
        await using writer = startWriter(directory, `${point}:${count}`);
        const { signal, stderr, stdout } = await writer.end();
        assert.equal(signal, 'SIGKILL', stderr);
        await assertRecovered(directory, stdout);
      }
    });
  }

  it(`has what it acknowledged after crashes at random (seed ${random.seed})`, async function () {
    const crashes = Math.max(CRASHES - 2 * CRASH_POINTS.length + 2, 1);
    this.timeout(crashes * LONGEST_CRASH_MS);
    const directory = folder('state');
    for (let crash = 0; crash < crashes; crash++) {
      await using writer = startWriter(directory);
      const lines = random.below(300);
      await eventually(() => writer.stdout.split('\n').length > lines, 'it has written so much');
      writer.kill('SIGKILL');
      const { signal, stdout } = await writer.end();
      assert.equal(signal, 'SIGKILL');
      await assertRecovered(directory, stdout);
    }
  });
});
