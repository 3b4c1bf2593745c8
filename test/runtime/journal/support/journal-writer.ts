import { writeSync } from 'node:fs';
import { SqliteJournal } from '../../../../server/runtime/journal/index.ts';
import { isSystemError } from '../../../../server/runtime/journal/journal-errors.ts';
import { batchSize } from './batches.ts';
import { type recordOf, recordsOf, snapshotOf } from './records.ts';

/* node journal-writer.ts DIRECTORY [PADDING_BYTES]: appends for ever, and says what was acknowledged, one line each. */

const WRITERS = 4;
const SNAPSHOT_SPACING = 20;

const [directory = '', padding = '0'] = process.argv.slice(2);
const journal = new SqliteJournal({
  directory,
  limits: { keepRecords: 60, keepAgeMs: 0, maxRecords: 1000 },
  onUpkeepFailed: (error) => {
    throw error;
  },
});
const { snapshot, records } = await journal.open();
let next = (records.at(-1)?.sequence ?? snapshot?.sequence ?? 0) + 1;
let newestSnapshot = snapshot?.sequence ?? 0;
say('opened', next - 1);

await Promise.all(
  Array.from({ length: WRITERS }, async () => {
    for (;;) {
      const first = next;
      next += batchSize(first);
      const last = next - 1;
      await journal.append(padded(recordsOf(first, last)));
      say('acknowledged', last);
      if (last - newestSnapshot < SNAPSHOT_SPACING) continue;
      newestSnapshot = last;
      await journal.snapshot(snapshotOf(last));
      say('snapshot', last);
    }
  }),
);

function padded(batch: ReturnType<typeof recordOf>[]) {
  if (padding === '0') return batch;
  return batch.map((record) => ({
    ...record,
    payload: new Uint8Array(Number(padding)).fill(record.sequence),
  }));
}

/** NB: at once and not through a stream, since what is still in memory is lost with a SIGKILL. */
function say(what: string, sequence: number): void {
  const line = Buffer.from(`${what} ${sequence}\n`);
  for (let written = 0; written < line.length; ) {
    try {
      written += writeSync(1, line, written);
    } catch (error) {
      // The reader is behind: a pipe that is full does not wait by itself.
      if (!isSystemError(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
