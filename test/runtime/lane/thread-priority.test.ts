import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { Worker } from 'node:worker_threads';
import { createLog } from '../../../server/runtime/logging.ts';
import type { LanePriority } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

// From sched.h.
const SCHED_OTHER = 0;
const SCHED_RR = 2;

describe('the priority of a lane', () => {
  /** What the thread of a lane of this priority is, and what else was warned of. */
  async function threadOf(priority: LanePriority) {
    const log = createLog({ '': 'error' }, openSync(devNull, 'w'));
    await using test = await TestRuntime.create({ log: { ...log, levels: { '': 'info' } } });
    await test.runtime.addProcessor({ type: 'ThreadTeller', id: 'teller', placement: { priority } });
    await test.runtime.start();
    const told = () => test.payloads('logged').find(({ processorId }) => processorId === 'teller');
    await eventually(() => told() !== undefined, 'the thread is told');
    const others = test.payloads('logged').filter(({ processorId }) => processorId !== 'teller');
    return { thread: told()?.fields, warnings: others.map(({ message }) => message) };
  }

  it('normal is below the API', async () => {
    assert.deepEqual(await threadOf('normal'), { thread: { nice: 15, policy: SCHED_OTHER }, warnings: [] });
  });

  it('high is that of the API', async () => {
    assert.deepEqual(await threadOf('high'), { thread: { nice: 0, policy: SCHED_OTHER }, warnings: [] });
  });

  it('realtime is round-robin where the system grants it, else as high, and the refusal is told', async () => {
    const asked = new Worker(new URL('../../support/ask-realtime.ts', import.meta.url));
    const [refusal]: (string | null)[] = await once(asked, 'message');
    const want =
      refusal === null
        ? { thread: { nice: 0, policy: SCHED_RR }, warnings: [] }
        : {
            thread: { nice: 0, policy: SCHED_OTHER },
            warnings: [`lane lane-realtime-1: realtime priority 1 was refused: ${refusal}`],
          };
    assert.deepEqual(await threadOf('realtime'), want);
  });
});
