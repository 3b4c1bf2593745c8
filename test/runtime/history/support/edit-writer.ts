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

async function edit(): Promise<void> {
  for (;;) {
    const id = `n-${next++}`;
    process.stdout.write(`tried ${id}\n`);
    const { revision } = await runtime.addProcessor(
      { type: 'Forward', id, labels: { id } },
      { requestId: id },
    );
    process.stdout.write(`done ${id} ${revision}\n`);
  }
}

await Promise.all(Array.from({ length: IN_FLIGHT }, edit));
