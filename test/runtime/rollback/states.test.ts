import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { GraphCommand } from '../../../server/runtime/operations.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';
import { assertFlows, createFallibleRuntime, rejectionOf, rollbacksOf } from './support/rollback-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const ROLLBACK = { wait: 'effective', onFailure: 'rollback' } as const;
/** Longer than the test: what a processor knew at its end cannot be a regular checkpoint. */
const AT_THE_END = { checkpointIntervalMs: 86_400_000 } as const;
const REMOVAL: GraphCommand = { kind: 'remove_processor', id: 'tally' };

async function addChain({ runtime }: TestRuntime): Promise<void> {
  const delivery = 'lossless';
  await runtime.applyGraph({
    commands: [
      { kind: 'add_processor', type: 'Emit', id: 'source', placement: { lane: 'one' } },
      { kind: 'add_processor', type: 'Tally', id: 'tally', placement: { lane: 'two' } },
      { kind: 'add_processor', type: 'Collect', id: 'sink', placement: { lane: 'three' } },
      {
        kind: 'connect',
        id: 'in',
        from: outputPort('source', 'data'),
        to: inputPort('tally', 'data_in'),
        delivery,
      },
      {
        kind: 'connect',
        id: 'out',
        from: outputPort('tally', 'data_out'),
        to: inputPort('sink', 'data'),
        delivery,
      },
    ],
  });
}

const published = (test: TestRuntime, name: string): number[] =>
  test.payloads('custom').flatMap((event) => (event.name === name ? [Number(event.data?.count)] : []));

/** The processor has come back with exactly what it had counted when it was removed. */
async function assertGoesOn(test: TestRuntime): Promise<void> {
  await eventually(() => published(test, 'restored').length === 1, 'it is restored');
  assert.ok((published(test, 'counted')[0] as number) > 0);
  assert.deepEqual(published(test, 'restored'), published(test, 'counted').slice(0, 1));
  await assertFlows(test, ['in', 'out']);
  await test.runtime.stop();
  for (const link of await test.runtime.listLinks()) assertAddsUp(link);
}

describe('the state of a processor that a rollback brings back', () => {
  it('is what it knew when a revision removed it that failed for something else', async () => {
    await using test = await createFallibleRuntime(AT_THE_END);
    await addChain(test);
    await test.runtime.start();
    await assertFlows(test, ['in', 'out']);
    const failing: GraphCommand = {
      kind: 'add_processor',
      type: 'Fallible',
      id: 'new',
      config: { setup: 'throws' },
    };
    const { code } = await rejectionOf(test.runtime.applyGraph({ commands: [REMOVAL, failing] }, ROLLBACK));
    assert.equal(code, 'COMMIT_FAILED');
    assert.equal((await rollbacksOf(test)).length, 1);
    await assertGoesOn(test);
  });

  it('is what it knew when it was removed, after RollbackGraph to a revision that had it', async () => {
    await using test = await createFallibleRuntime(AT_THE_END);
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    await assertFlows(test, ['in', 'out']);
    const { revision } = await runtime.getState();
    await runtime.applyGraph({ commands: [REMOVAL] }, EFFECTIVE);
    await runtime.rollback({ revision }, EFFECTIVE);
    await assertGoesOn(test);
  });

  it('is that of its last life, and none after one that had none', async () => {
    await using test = await createFallibleRuntime(AT_THE_END);
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    await assertFlows(test, ['in', 'out']);
    const { revision } = await runtime.getState();
    await runtime.applyGraph({ commands: [REMOVAL] }, EFFECTIVE);
    const added = { type: 'Untallied', id: 'tally', placement: { lane: 'two' } } as const;
    await runtime.applyGraph({ commands: [{ kind: 'add_processor', ...added }] }, EFFECTIVE);
    await runtime.applyGraph({ commands: [REMOVAL] }, EFFECTIVE);
    await runtime.rollback({ revision }, EFFECTIVE);
    await assertFlows(test, ['in', 'out']);
    assert.deepEqual(published(test, 'restored'), []);
  });
});
