import assert from 'node:assert/strict';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type JournalRecord, SqliteJournal } from '../../../server/runtime/journal/index.ts';
import { openToWrite } from '../../../server/runtime/journal/open-journal.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { folderDigests } from './support/folder-digests.ts';
import { Mount } from './support/mounts.ts';
import { plain, recordOf, recordsOf, sequencesOf, snapshotOf } from './support/records.ts';
import { lastSaid, startWriter } from './support/start-writer.ts';

const LARGE_BYTES = 10_000;
const large = (sequence: number): JournalRecord =>
  recordOf(sequence, { payload: new Uint8Array(LARGE_BYTES).fill(sequence) });

describe('SqliteJournal on its disk', () => {
  const folder = useTemporaryFolder();

  async function write(directory: string, last: number): Promise<void> {
    const journal = new SqliteJournal({ directory });
    await journal.open();
    await journal.append(recordsOf(1, last));
    await journal.close();
  }

  it('opens with what it held, and goes on', async () => {
    await write(folder('state'), 30);
    const journal = new SqliteJournal({ directory: folder('state') });
    assert.deepEqual(plain((await journal.open()).records), recordsOf(1, 30));
    await journal.snapshot(snapshotOf(20));
    await journal.append(recordsOf(31, 31));
    await journal.close();
    const again = new SqliteJournal({ directory: folder('state') });
    const { snapshot, records } = await again.open();
    assert.equal(snapshot?.sequence, 20);
    assert.deepEqual(plain(records), recordsOf(21, 31));
    await again.close();
  });

  it('takes back what did not fit on a full disk, refuses what follows it, and goes on when there is room', async () => {
    using disk = Mount.small(folder('disk'), 1024);
    const filler = join(disk.folder, 'filler');
    writeFileSync(filler, new Uint8Array(300_000));
    const directory = join(disk.folder, 'state');
    const journal = new SqliteJournal({ directory });
    await journal.open();

    let last = 0;
    const fill = async () => {
      for (;;) {
        await journal.append([large(last + 1)]);
        last++;
      }
    };
    await assert.rejects(fill(), { code: 'JOURNAL_UNAVAILABLE', message: /the disk is full/ });
    assert.ok(last > 5);

    const group = [large(last + 1), large(last + 2)].map((record) => journal.append([record]));
    // Behind a group that is on its way to the disk already.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    group.push(journal.append([large(last + 3)]));
    const outcomes = await Promise.allSettled(group);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected'],
    );
    const page = await journal.read({ from: 1, limit: 1000 });
    assert.deepEqual(
      plain(page.records),
      Array.from({ length: last }, (_, i) => large(i + 1)),
    );

    rmSync(filler);
    await journal.append([large(last + 1), large(last + 2)]);
    await journal.close();
    const again = new SqliteJournal({ directory });
    assert.equal((await again.open()).records.length, last + 2);
    assert.equal((await again.verify()).damage, undefined);
    await again.close();
  });

  it('opens on a full disk, to be read and to say so', async () => {
    using disk = Mount.small(folder('disk'), 512);
    const directory = join(disk.folder, 'state');
    await write(directory, 30);
    assert.throws(() => writeFileSync(join(disk.folder, 'filler'), new Uint8Array(1_000_000)), {
      code: 'ENOSPC',
    });
    const journal = new SqliteJournal({ directory });
    assert.equal((await journal.open()).records.length, 30);
    await assert.rejects(journal.append(recordsOf(31, 31)), { code: 'JOURNAL_UNAVAILABLE', message: /full/ });
    assert.equal((await journal.readBack({ limit: 1 })).records[0]?.sequence, 30);
    await journal.close();
  });

  for (const { name, prepare } of [
    { name: 'that was closed', prepare: (directory: string) => write(directory, 40).then(() => 40) },
    {
      name: 'whose server was killed',
      prepare: async (directory: string) => {
        await using writer = startWriter(directory, 'after_acknowledged:40');
        return lastSaid((await writer.end()).stdout, 'acknowledged');
      },
    },
  ]) {
    it(`reads a journal ${name} on a read-only file system, and refuses to write there`, async () => {
      const acknowledged = await prepare(folder('state'));
      const before = folderDigests(folder('state'));
      using disk = Mount.readOnly(folder('state'));
      const refused = new SqliteJournal({ directory: disk.folder });
      await assert.rejects(refused.open(), { code: 'JOURNAL_UNAVAILABLE', message: /read-only/ });

      const journal = new SqliteJournal({ directory: disk.folder });
      const { damage } = await journal.open({ readOnly: true });
      assert.equal(damage, undefined);
      const { last, records } = await journal.readBack({ limit: 5 });
      assert.ok(last >= acknowledged);
      assert.deepEqual(plain(records), recordsOf(last - 4, last).reverse());
      await assert.rejects(journal.append(recordsOf(last + 1, last + 1)), { code: 'JOURNAL_READ_ONLY' });
      await assert.rejects(journal.snapshot(snapshotOf(last)), { code: 'JOURNAL_READ_ONLY' });
      await journal.close();
      assert.deepEqual(folderDigests(folder('state')), before);
    });
  }

  it('reads an empty directory as an empty journal, and makes nothing in it', async () => {
    const journal = new SqliteJournal({ directory: folder('.') });
    assert.deepEqual(await journal.open({ readOnly: true }), {
      snapshot: undefined,
      records: [],
      damage: undefined,
    });
    assert.deepEqual(await journal.read({ from: 1, limit: 1 }), { oldest: 0, last: 0, records: [] });
    await journal.close();
    assert.deepEqual(folderDigests(folder('.')), {});
  });

  it('is locked by another process, which the error names, until that one is killed', async () => {
    await using writer = startWriter(folder('state'));
    await eventually(() => lastSaid(writer.stdout, 'acknowledged') > 0, 'it writes');
    for (const readOnly of [false, true]) {
      const journal = new SqliteJournal({ directory: folder('state') });
      const refusal = new RegExp(`${folder('state')} is in use by process ${writer.pid}`);
      await assert.rejects(journal.open({ readOnly }), { code: 'JOURNAL_LOCKED', message: refusal });
    }
    writer.kill('SIGKILL');
    await writer.end();
    const journal = new SqliteJournal({ directory: folder('state') });
    await journal.open();
    await journal.close();
  });

  it('is locked within one process too, by readers against a writer but not against each other', async () => {
    await write(folder('state'), 3);
    const [one, two, three] = Array.from(
      { length: 3 },
      () => new SqliteJournal({ directory: folder('state') }),
    );
    assert.ok(one && two && three);
    await one.open({ readOnly: true });
    await two.open({ readOnly: true });
    await assert.rejects(three.open(), { code: 'JOURNAL_LOCKED' });
    assert.deepEqual(sequencesOf((await two.read({ from: 1, limit: 9 })).records), [1, 2, 3]);
    await one.close();
    await two.close();
  });

  for (const readOnly of [false, true]) {
    it(`refuses a newer format and leaves it alone, ${readOnly ? 'reading' : 'writing'}`, async () => {
      await write(folder('state'), 3);
      const database = new DatabaseSync(join(folder('state'), 'journal.db'));
      database.exec('PRAGMA user_version = 2');
      database.close();
      const before = folderDigests(folder('state'));
      const journal = new SqliteJournal({ directory: folder('state') });
      await assert.rejects(journal.open({ readOnly }), {
        code: 'JOURNAL_TOO_NEW',
        message: /at most 1, was 2/,
      });
      assert.deepEqual(folderDigests(folder('state')), before);
    });
  }

  it('finds a record that was changed below the snapshot when it is read or verified', async () => {
    await write(folder('state'), 40);
    const journal = new SqliteJournal({ directory: folder('state') });
    await journal.open();
    await journal.snapshot(snapshotOf(40));
    await journal.close();
    const database = new DatabaseSync(join(folder('state'), 'journal.db'));
    database.exec("UPDATE records SET payload = CAST('forged' AS BLOB) WHERE sequence = 7");
    database.close();

    const again = new SqliteJournal({ directory: folder('state') });
    assert.equal((await again.open()).snapshot?.sequence, 40);
    assert.equal((await again.read({ from: 8, limit: 50 })).records.length, 33);
    const wrong = { code: 'JOURNAL_DAMAGED', message: /record 7 of the journal/ };
    await assert.rejects(again.read({ from: 1, limit: 50 }), wrong);
    const { damage } = await again.verify();
    assert.match(damage?.message ?? '', wrong.message);
    await again.close();
  });

  it('makes the directory for its owner alone, and can be begun anew after a start that was cut off', async () => {
    const directory = folder('a/b/state');
    openToWrite(directory, () => {}).resources.dispose();
    rmSync(join(directory, 'journal.db'));
    await write(directory, 2);
    assert.equal(statSync(directory).mode & 0o077, 0);
  });
});
