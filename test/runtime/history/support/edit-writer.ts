import { writeSync } from 'node:fs';
import { createLog } from '../../../../server/runtime/logging.ts';
import { StreamRuntime } from '../../../../server/runtime/stream-runtime.ts';
import { TEST_REGISTRIES } from '../../../support/test-runtime.ts';

/*
 * A program that edits a kept graph until it is killed: adds `n-1`, `n-2`, …, some at a time, and writes `tried n-1` before
 * and `done n-1 REVISION` after it was answered.
 */

const IN_FLIGHT = 8;

const [stateDirectory, first = '1'] = process.argv.slice(2);
const log = createLog({ '': 'silent' });
const runtime = await StreamRuntime.create({ registries: TEST_REGISTRIES, log, stateDirectory });
let next = Number(first);

// NB: what a stream holds back while its pipe is full would be lost with the process.
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function edit(): Promise<void> {
  for (;;) {
    const id = `n-${next++}`;
    say(`tried ${id}`);
    const { revision } = await runtime.addProcessor(
      { type: 'Forward', id, labels: { id } },
      { requestId: id },
    );
    say(`done ${id} ${revision}`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, edit));
