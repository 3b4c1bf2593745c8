import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import { DEFAULT_JOURNAL_LIMITS, type JournalRecord } from '../../../server/runtime/journal/index.ts';
import { JournalStore } from '../../../server/runtime/journal/journal-store.ts';
import { openToRead, openToWrite } from '../../../server/runtime/journal/open-journal.ts';
import { packRecords } from '../../../server/runtime/journal/record-bytes.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { folderDigests } from './support/folder-digests.ts';
import { plain, recordsOf, snapshotOf } from './support/records.ts';
import { lastSaid, startWriter } from './support/start-writer.ts';

// STREAMLIB_TEST_TEARS=10000 mocha test/runtime/journal/torn.test.ts
const TEARS = Number(process.env.STREAMLIB_TEST_TEARS ?? 300);
const REPORTED = new Set(['JOURNAL_DAMAGED', 'JOURNAL_TOO_NEW']);

type Tear = (random: SeededRandom, bytes: Buffer) => Buffer;

const flipBit: Tear = (random, bytes) => {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
};
const fillSector: Tear = (random, bytes) => {
  const at = random.below(bytes.length / 512) * 512;
  return bytes.fill(random.below(2) * 0xff, at, at + 512);
};
const cutOff: Tear = (random, bytes) => bytes.subarray(0, random.below(bytes.length));
const TEARS_OF_A_FILE: readonly [Tear, ...Tear[]] = [flipBit, fillSector, cutOff];

type Outcome =
  | { readonly kind: 'opened'; readonly last: number }
  | { readonly kind: 'refused'; readonly code: string };

/** Opens it for writing, and checks that everything that it then answers was written. */
function openTorn(directory: string): Outcome {
  let opened: ReturnType<typeof openToWrite>;
  try {
    opened = openToWrite(directory, () => {});
  } catch (error) {
    return { kind: 'refused', code: StreamlibError.from(error).code };
  }
  const { snapshot, records, tip } = opened.contents;
  assertWritten(snapshot?.sequence ?? 0, snapshot?.payload, records);
  using store = new JournalStore(opened, { limits: DEFAULT_JOURNAL_LIMITS, passed: () => {} });
  const history = readOrDamage(() => store.read(store.oldest, store.last));
  assertWritten((history[0]?.record.sequence ?? 1) - 1, undefined, history);
  return { kind: 'opened', last: tip.sequence };
}

/** Opens it to be read: it never fails for damage, and changes nothing. */
function readTorn(directory: string): Outcome {
  let opened: ReturnType<typeof openToRead>;
  try {
    opened = openToRead(directory);
  } catch (error) {
    return { kind: 'refused', code: StreamlibError.from(error).code };
  }
  using _ = opened.resources;
  const { snapshot, records, tip, damage } = opened.contents;
  assertWritten(snapshot?.sequence ?? 0, snapshot?.payload, records);
  return damage === undefined
    ? { kind: 'opened', last: tip.sequence }
    : { kind: 'refused', code: damage.code };
}

function assertWritten(
  base: number,
  payload: Uint8Array | undefined,
  checked: readonly { readonly record: JournalRecord }[],
): void {
  const records = checked.map(({ record }) => record);
  assert.deepEqual(plain(records), recordsOf(base + 1, base + records.length));
  assert.deepEqual([...(payload ?? [])], payload === undefined ? [] : [...snapshotOf(base).payload]);
}

function readOrDamage<Value>(read: () => Value[]): Value[] {
  try {
    return read();
  } catch (error) {
    assert.equal(StreamlibError.from(error).code, 'JOURNAL_DAMAGED', String(error));
    return [];
  }
}

describe('a journal whose files were damaged', () => {
  const folder = useTemporaryFolder();
  const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

  /** A journal as a killed writer leaves it, with records in its log, and what was acknowledged of it. */
  async function writtenJournal(crashAt: string): Promise<number> {
    await using writer = startWriter(folder('whole'), crashAt);
    return lastSaid((await writer.end()).stdout, 'acknowledged');
  }

  for (const { file, crashAt, leastRefused, isClosed = false } of [
    { file: 'journal.db-wal', crashAt: 'after_acknowledged:60', leastRefused: TEARS / 3 },
    // Without a log, which would bring its pages back.
    { file: 'journal.db', crashAt: 'after_acknowledged:60', leastRefused: TEARS / 6, isClosed: true },
    // One tear leaves one of its two slots.
    { file: 'acknowledged', crashAt: 'after_acknowledged:60', leastRefused: 0 },
  ]) {
    it(`is refused and untouched, or harmed nothing: ${file}, ${TEARS} times (seed ${random.seed})`, async function () {
      this.timeout(TEARS * 200);
      const acknowledged = await writtenJournal(crashAt);
      if (isClosed) openToWrite(folder('whole'), () => {}).resources.dispose();
      const torn = folder('torn');
      const outcomes = { opened: 0, refused: 0 };
      for (let turn = 0; turn < TEARS; turn++) {
        rmSync(torn, { recursive: true, force: true });
        cpSync(folder('whole'), torn, { recursive: true });
        const path = join(torn, file);
        writeFileSync(path, random.pick(TEARS_OF_A_FILE)(random, readFileSync(path)));

        const before = folderDigests(torn);
        const read = readTorn(torn);
        assert.deepEqual(folderDigests(torn), before);
        const outcome = openTorn(torn);
        assert.equal(outcome.kind, read.kind);
        outcomes[outcome.kind]++;
        const isHarmless = outcome.kind === 'opened' && outcome.last >= acknowledged;
        const isReported = outcome.kind === 'refused' && REPORTED.has(outcome.code);
        assert.ok(isHarmless || isReported, `turn ${turn}: ${JSON.stringify(outcome)}`);
        assert.ok(outcome.kind === 'opened' || isSame(folderDigests(torn), before));
      }
      assert.ok(outcomes.refused >= leastRefused, JSON.stringify(outcomes));
    });
  }

  for (const { name, damage, text } of [
    {
      name: 'a lost log',
      damage: (path: string) => rmSync(join(path, 'journal.db-wal')),
      text: /was acknowledged/,
    },
    {
      name: 'a log cut in the middle',
      damage: (path: string) => truncateSync(join(path, 'journal.db-wal'), 40_000),
      text: /was acknowledged|it is missing/,
    },
    {
      name: 'a database that was emptied',
      damage: (path: string) => truncateSync(join(path, 'journal.db'), 0),
      text: /it is empty or missing/,
    },
    {
      name: 'a database that is gone',
      damage: (path: string) => rmSync(join(path, 'journal.db')),
      text: /it is empty or missing/,
    },
    {
      name: 'an acknowledged file that is gone',
      damage: (path: string) => rmSync(join(path, 'acknowledged')),
      text: /missing beside a database/,
    },
    {
      name: 'an acknowledged file of another journal',
      damage: (path: string) => {
        const other = `${path}-other`;
        openToWrite(other, () => {}).resources.dispose();
        cpSync(join(other, 'acknowledged'), join(path, 'acknowledged'));
      },
      text: /belongs to another journal/,
    },
  ]) {
    it(`says what is wrong of ${name}, and leaves everything as it is`, async () => {
      await writtenJournal('after_acknowledged:60');
      damage(folder('whole'));
      const before = folderDigests(folder('whole'));
      assert.throws(() => openToWrite(folder('whole'), () => {}), { code: 'JOURNAL_DAMAGED', message: text });
      assert.deepEqual(folderDigests(folder('whole')), before);
    });
  }

  it('gives what stands before the first damaged record to who only reads', async () => {
    const directory = folder('state');
    const store = new JournalStore(
      openToWrite(directory, () => {}),
      { limits: DEFAULT_JOURNAL_LIMITS, passed: () => {} },
    );
    store.append(packRecords(recordsOf(1, 40)));
    store[Symbol.dispose]();
    const bytes = readFileSync(join(directory, 'journal.db'));
    bytes.write('Record', bytes.indexOf('record 23 '));
    writeFileSync(join(directory, 'journal.db'), bytes);
    const opened = openToRead(directory);
    assert.deepEqual(plain(opened.contents.records.map(({ record }) => record)), recordsOf(1, 22));
    assert.match(
      opened.contents.damage?.message ?? '',
      /record 23 of the journal is damaged: its checksum is wrong/,
    );
    opened.resources.dispose();
  });
});

function isSame(a: Record<string, string>, b: Record<string, string>): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
