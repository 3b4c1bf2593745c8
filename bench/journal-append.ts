import assert from 'node:assert/strict';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JournalRecord, SqliteJournal } from '../server/runtime/journal/index.ts';
import { mediansOfRounds } from './support/alternating-rounds.ts';
import type { Benchmark } from './support/benchmark.ts';
import { median } from './support/statistics.ts';

const PAYLOAD = new Uint8Array(200).fill(7);
const WRITERS = 16;
const OLD_RECORDS = 100_000;

/**
 * Durable records: one caller that waits for each, and sixteen at a time, beside the naive log of the same disk (one
 * append and one fdatasync per record), and how long it takes to open what 100,000 records have left behind.
 */
export const journalAppend: Benchmark = {
  name: 'journal-append',
  measures: `durable records of ${PAYLOAD.length} bytes against a bare fdatasync of the same disk`,
  async run({ quick }) {
    const folder = mkdtempSync(join(tmpdir(), 'streamlib-bench-'));
    try {
      await checkDurable(join(folder, 'check'));
      const rates = await measureRates(folder, quick);
      const openMs = await measureOpen(join(folder, 'old'), quick);
      return [
        { name: 'bare append and fdatasync', value: 1000 / rates.bareMs, unit: 'records/s' },
        { name: '1 writer', value: 1000 / rates.oneMs, unit: 'records/s' },
        {
          name: `1 writer, time : bare`,
          value: rates.oneMs / rates.bareMs,
          unit: '×',
          target: { atMost: 2 },
        },
        { name: `${WRITERS} writers`, value: rates.manyPerSecond, unit: 'records/s' },
        { name: `open with ${OLD_RECORDS} old records`, value: openMs, unit: 'ms', target: { atMost: 1000 } },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function measureRates(folder: string, quick: boolean) {
  const journal = await AppendingJournal.open(join(folder, 'rates'));
  const fd = openSync(join(folder, 'bare'), 'w');
  const turns = quick ? 20 : 300;
  const medians = await mediansOfRounds(quick ? 1 : 11, {
    bareMs: () => medianTime(turns, () => appendBare(fd)),
    oneMs: () => medianTime(turns, () => journal.appendOne()),
    manyPerSecond: () => journal.rateOfMany(turns * 5),
  });
  closeSync(fd);
  await journal.close();
  return medians;
}

function appendBare(fd: number): void {
  writeSync(fd, PAYLOAD);
  fdatasyncSync(fd);
}

async function medianTime(turns: number, work: () => void | Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return median(times);
}

class AppendingJournal {
  readonly #journal: SqliteJournal;
  #last = 0;

  static async open(directory: string): Promise<AppendingJournal> {
    const journal = new SqliteJournal({ directory });
    await journal.open();
    return new AppendingJournal(journal);
  }

  private constructor(journal: SqliteJournal) {
    this.#journal = journal;
  }

  appendOne(): Promise<void> {
    return this.#journal.append([recordOf(++this.#last)]);
  }

  async rateOfMany(records: number): Promise<number> {
    const startedMs = performance.now();
    let left = records;
    const write = async () => {
      while (left-- > 0) await this.appendOne();
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
    return (records * 1000) / (performance.now() - startedMs);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}

async function measureOpen(directory: string, quick: boolean): Promise<number> {
  const journal = new SqliteJournal({ directory });
  await journal.open();
  const records = Array.from({ length: OLD_RECORDS }, (_, i) => recordOf(i + 1));
  for (let at = 0; at < OLD_RECORDS; at += 10_000) await journal.append(records.slice(at, at + 10_000));
  await journal.snapshot({ sequence: OLD_RECORDS, payload: new Uint8Array(1_000_000) });
  await journal.close();
  const { openMs } = await mediansOfRounds(quick ? 1 : 5, { openMs: () => timeOpen(directory) });
  return openMs;
}

async function timeOpen(directory: string): Promise<number> {
  const journal = new SqliteJournal({ directory });
  const startedMs = performance.now();
  const { snapshot } = await journal.open();
  const tookMs = performance.now() - startedMs;
  assert.equal(snapshot?.sequence, OLD_RECORDS);
  await journal.close();
  return tookMs;
}

async function checkDurable(directory: string): Promise<void> {
  const records = [recordOf(1), recordOf(2)];
  const journal = new SqliteJournal({ directory });
  await journal.open();
  await journal.append(records);
  await journal.close();
  const again = new SqliteJournal({ directory });
  assert.equal((await again.open()).records.length, records.length);
  await again.close();
}

const recordOf = (sequence: number): JournalRecord => ({
  sequence,
  kind: 1,
  revision: sequence,
  wallTimeMs: sequence,
  payload: PAYLOAD,
});
