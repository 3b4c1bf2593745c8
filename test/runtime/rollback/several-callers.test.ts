import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { Outcome } from '../../../server/runtime/operations.ts';
import { CHANGE_KINDS, wordOf } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import {
  addChain,
  assertFlows,
  commitsOf,
  contentOf,
  createFallibleRuntime,
  rejectionOf,
  rollbacksOf,
  startsOf,
} from './support/rollback-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const ROLLBACK = { wait: 'effective', onFailure: 'rollback' } as const;
const THROWS = { setup: 'throws' };

const changesOf = ({ changes }: Outcome) =>
  changes.map(({ kind, part, reason }) => [wordOf(CHANGE_KINDS, kind), part.value, reason]);
const impactsOf = ({ impacts }: Outcome) => impacts.map(({ linkId }) => linkId).sort();

/** Links from the chain's source to a new processor. */
const linkTo = (id: string) => [outputPort('source', 'data'), inputPort(id, 'data_in')] as const;

describe('edits of several callers in one turn', () => {
  it('are one commit, and each caller is answered with what its own edit did', async () => {
    await using test = await createFallibleRuntime();
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    await assertFlows(test, ['in', 'beside', 'out']);
    const commits = await commitsOf(test);
    const [moved, live, added, unchanged] = await Promise.all([
      runtime.execute(
        { case: 'updateProcessor', value: { processorId: 'middle', placement: { lane: 'four' } } },
        EFFECTIVE,
      ),
      runtime.updateProcessor('mate', { config: { label: 'live' } }, EFFECTIVE),
      runtime.addProcessor({ type: 'Fallible', id: 'bad', config: THROWS }, EFFECTIVE),
      runtime.resumeProcessor('sink', EFFECTIVE),
    ]);
    assert.ok(moved.outcome !== undefined);
    assert.equal(await commitsOf(test), commits + 1);
    assert.deepEqual(changesOf(moved.outcome), [
      ['updated', 'middle', 'placement'],
      ['restarted', 'middle', 'placement'],
    ]);
    assert.deepEqual(impactsOf(moved.outcome), ['in', 'out']);
    assert.deepEqual([changesOf(live), impactsOf(live)], [[['updated', 'mate', 'config']], []]);
    assert.deepEqual(changesOf(added), [
      ['created', 'bad', ''],
      ['failed', 'bad', 'SETUP_FAILED'],
    ]);
    assert.deepEqual([unchanged.unchanged, unchanged.effective], [true, true]);
  });

  it('leave the innocent with theirs when one is rolled back, whatever their policy and owner', async () => {
    await using test = await createFallibleRuntime();
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    const starts = await startsOf(test);
    const results = await Promise.allSettled([
      runtime.addProcessor({ type: 'Fallible', id: 'kept' }, EFFECTIVE),
      runtime.connect(...linkTo('kept'), { id: 'to-kept' }, EFFECTIVE),
      runtime.addProcessor({ type: 'Fallible', id: 'careful' }, ROLLBACK),
      runtime.updateProcessor('middle', { config: THROWS }, ROLLBACK),
      runtime.addProcessor({ type: 'Fallible', id: 'failed', config: THROWS }, EFFECTIVE),
      runtime.addProcessor({ type: 'Fallible', id: 'p.own' }, { ...ROLLBACK, owner: 'pipelines/p' }),
      runtime.addProcessor(
        { type: 'Fallible', id: 'p.bad', config: THROWS },
        { ...ROLLBACK, owner: 'pipelines/p' },
      ),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected'],
    );
    const { processors } = await runtime.getGraph();
    assert.deepEqual(
      processors.map(({ processorId }) => processorId),
      ['careful', 'failed', 'kept', 'mate', 'middle', 'p.own', 'sink', 'source'],
    );
    for (const id of ['careful', 'kept', 'middle', 'p.own']) await test.until(id, 'running');
    await test.until('failed', 'failed');
    await assertFlows(test, ['in', 'out', 'beside', 'to-kept']);
    assert.deepEqual(
      (await rollbacksOf(test)).map(([, , code, id]) => [code, id]),
      [
        ['SETUP_FAILED', 'middle'],
        ['SETUP_FAILED', 'p.bad'],
      ],
    );
    for (const id of ['source', 'mate', 'sink']) assert.equal((await startsOf(test))[id], starts[id], id);
    const doers = test
      .payloads('graphDidChange')
      .filter(({ actor }) => actor === 'runtime')
      .map(({ owner }) => owner);
    assert.deepEqual(new Set(doers), new Set(['', 'pipelines/p']));
  });

  it('go with what they build on, and are told so', async () => {
    await using test = await createFallibleRuntime();
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    const content = await contentOf(test);
    const bad = rejectionOf(runtime.addProcessor({ type: 'Fallible', id: 'bad', config: THROWS }, ROLLBACK));
    const link = rejectionOf(runtime.connect(...linkTo('bad'), { id: 'to-bad' }, EFFECTIVE));
    const { revision } = await runtime.getState();
    assert.deepEqual((await bad).details, {
      revision: String(revision - 1n),
      reason: 'SETUP_FAILED',
      processor_id: 'bad',
    });
    const { code, message, details } = await link;
    assert.deepEqual(
      [code, details],
      ['COMMIT_FAILED', { revision: String(revision), reason: 'PROCESSOR_NOT_FOUND' }],
    );
    assert.match(message, /builds on what was rolled back/);
    assert.deepEqual(await contentOf(test), content);
  });

  it('are kept when they come while a commit fails', async () => {
    await using test = await createFallibleRuntime({ setupTimeoutMs: 2_000 });
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    const bad = rejectionOf(
      runtime.addProcessor(
        { type: 'Fallible', id: 'bad', config: { setup: 'never_ends' }, placement: { lane: 'two' } },
        ROLLBACK,
      ),
    );
    await eventually(async () => (await startsOf(test)).bad === 1, 'its setup has begun');
    const [kept, careful] = await Promise.all([
      runtime.updateProcessor('mate', { config: { label: 'meanwhile' } }, EFFECTIVE),
      runtime.connect(...linkTo('middle'), { id: 'second' }, ROLLBACK),
    ]);
    assert.equal((await bad).code, 'COMMIT_FAILED');
    assert.deepEqual([kept.effective, careful.effective], [true, true]);
    const { processors } = await runtime.getGraph();
    assert.deepEqual(
      processors.map(({ processorId, config }) => [processorId, config?.label ?? '']),
      [
        ['mate', 'meanwhile'],
        ['middle', ''],
        ['sink', ''],
        ['source', ''],
      ],
    );
    await assertFlows(test, ['in', 'out', 'beside', 'second']);
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('have an answer when the runtime is stopped before they are rolled back', async () => {
    await using test = await createFallibleRuntime();
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    const content = await contentOf(test);
    const bad = rejectionOf(runtime.addProcessor({ type: 'Fallible', id: 'bad', config: THROWS }, ROLLBACK));
    const stopped = runtime.stop();
    assert.equal((await bad).code, 'COMMIT_FAILED');
    await stopped;
    assert.deepEqual(await contentOf(test), content);
    await runtime.start();
    await assertFlows(test, ['in', 'out', 'beside']);
  });

  it('are rolled back for callers too who do not wait, and are not tried again for a repeated request', async () => {
    await using test = await createFallibleRuntime();
    const { runtime } = test;
    await runtime.start();
    const bad = { type: 'Fallible', id: 'bad', config: THROWS };
    const accepted = await runtime.addProcessor(bad, { onFailure: 'rollback' });
    assert.deepEqual([accepted.revision, accepted.effective], [1n, false]);
    await eventually(async () => (await runtime.getState()).effectiveRevision === 2n, 'it is rolled back');
    const once = { ...ROLLBACK, requestId: 'once' };
    const first = await rejectionOf(runtime.addProcessor(bad, once));
    assert.deepEqual(await rejectionOf(runtime.addProcessor(bad, once)), first);
    assert.deepEqual(
      (await rollbacksOf(test)).map(([from, to]) => [from, to]),
      [
        [1n, 0n],
        [3n, 2n],
      ],
    );
  });

  it('stay, failed, when what they gave up was taken by another meanwhile', async () => {
    await using test = await createFallibleRuntime({ maxLanes: 1 });
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Fallible', id: 'mover', placement: { lane: 'dedicated' } });
    await runtime.start();
    const value = { processorId: 'mover', placement: { lane: 'auto' }, config: THROWS };
    const moved = rejectionOf(runtime.execute({ case: 'updateProcessor', value }, ROLLBACK));
    const taken = await runtime.addProcessor(
      { type: 'Fallible', id: 'taker', placement: { lane: 'dedicated' } },
      EFFECTIVE,
    );
    const { code, message, details } = await moved;
    assert.deepEqual(
      [code, details.reason, details.processor_id],
      ['COMMIT_FAILED', 'SETUP_FAILED', 'mover'],
    );
    assert.match(message, /could not be rolled back \(placement\.lane/);
    assert.equal(taken.effective, true);
    await test.until('taker', 'running');
    await test.until('mover', 'failed');
    const { revision, effectiveRevision } = await runtime.getState();
    assert.deepEqual([revision, effectiveRevision], [3n, 3n]);
  });

  it('take effect after all if they came to nothing only because of what is rolled back', async () => {
    await using test = await createFallibleRuntime();
    const { runtime } = test;
    await addChain(test);
    await runtime.start();
    const value = { processorId: 'middle', displayName: 'same', config: THROWS };
    const [failed, same, other, gone] = await Promise.allSettled([
      runtime.execute({ case: 'updateProcessor', value }, ROLLBACK),
      runtime.updateProcessor('middle', { displayName: 'same' }, EFFECTIVE),
      runtime.resumeProcessor('mate', ROLLBACK),
      runtime.addProcessor({ type: 'Fallible', id: 'bad', config: THROWS }, ROLLBACK),
      runtime.resumeProcessor('bad', EFFECTIVE),
    ]).then((results) => [results[0], results[1], results[2], results[4]]);
    assert.deepEqual(
      [failed, same, other, gone].map((result) => result?.status),
      ['rejected', 'fulfilled', 'fulfilled', 'rejected'],
    );
    const middle = await runtime.getProcessor('middle');
    assert.deepEqual([middle.displayName, middle.config], ['same', {}]);
    assert.deepEqual(
      (await rollbacksOf(test)).map(([, , , id]) => id),
      ['middle', 'bad'],
    );
  });
});
