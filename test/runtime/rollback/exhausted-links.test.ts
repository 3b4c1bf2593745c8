import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { CHANGE_KINDS, wordOf } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { TestRuntime } from '../../support/test-runtime.ts';
import { allSeen } from './support/rollback-runtime.ts';

/** More rings of the largest capacity than all links together have memory for. */
const TOO_MANY = 300;
const EFFECTIVE = { wait: 'effective' } as const;

/** A source, a sink in another lane, and as many small links between them. */
async function linked(test: TestRuntime): Promise<string[]> {
  const { runtime } = test;
  await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'one' } });
  await runtime.addProcessor({ type: 'Collect', id: 'sink', placement: { lane: 'two' } });
  const ids = Array.from({ length: TOO_MANY }, (_, i) => `link-${i}`);
  const [from, to] = [outputPort('source', 'data'), inputPort('sink', 'data')];
  await Promise.all(ids.map((id) => runtime.connect(from, to, { id, capacityFrames: 4 })));
  await runtime.start();
  return ids;
}

describe('links that there is no memory for', () => {
  it('fail for themselves where failures are kept, and every caller has its answer', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const ids = await linked(test);
    const outcomes = await Promise.all(
      ids.map((id) => runtime.updateLink(id, { capacityFrames: 65_536 }, EFFECTIVE)),
    );
    const failed = outcomes.flatMap(({ changes }) =>
      changes.flatMap(({ kind, part, reason }) =>
        wordOf(CHANGE_KINDS, kind) === 'failed' ? [[part.case, part.value, reason]] : [],
      ),
    );
    assert.ok(failed.length > 0 && failed.length < TOO_MANY, `${failed.length} failed`);
    assert.ok(failed.every(([part, , reason]) => part === 'linkId' && reason === 'QUOTA'));
    assert.ok(outcomes.every(({ effective }) => effective));
    const before = Number((await runtime.getLink(String(failed[0]?.[1]))).counters?.delivered);
    await eventually(async () => {
      const { counters } = await runtime.getLink(String(failed[0]?.[1]));
      return Number(counters?.delivered) > before + 5;
    }, 'a link that failed goes on as it was');
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('are rolled back where their callers want that, and the others stay', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const ids = await linked(test);
    const results = await Promise.allSettled(
      ids.map((id) =>
        runtime.updateLink(id, { capacityFrames: 65_536 }, { ...EFFECTIVE, onFailure: 'rollback' }),
      ),
    );
    const rejected = results.flatMap((result, i) =>
      result.status === 'rejected' ? [[ids[i], result.reason]] : [],
    );
    assert.ok(rejected.length > 0 && rejected.length < TOO_MANY, `${rejected.length} were rejected`);
    for (const [id, { code, details }] of rejected) {
      assert.equal(code, 'COMMIT_FAILED');
      assert.deepEqual([details.link_id, details.reason], [id, 'QUOTA']);
    }
    const links = await runtime.listLinks();
    const small = links.filter(({ capacityFrames }) => capacityFrames === 4).map(({ linkId }) => linkId);
    assert.deepEqual(small.sort(), rejected.map(([id]) => id).sort());
    await allSeen(test);
    assert.equal(test.payloads('graphRolledBack').length, rejected.length);
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('are refused where there is no memory even for their counters, and the graph stays as it was', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await linked(test);
    await Promise.all(
      Array.from({ length: TOO_MANY }, (_, i) =>
        runtime.updateLink(`link-${i}`, { capacityFrames: 65_536 }, EFFECTIVE),
      ),
    );
    const [from, to] = [outputPort('source', 'data'), inputPort('sink', 'data')];
    const extra = Array.from({ length: 2_000 }, (_, i) => runtime.connect(from, to, { id: `extra-${i}` }));
    const refused = (await Promise.allSettled(extra)).filter(({ status }) => status === 'rejected');
    assert.ok(refused.length > 0);
    const { revision } = await runtime.getState();
    await assert.rejects(runtime.connect(from, to, { id: 'one-more' }), { code: 'QUOTA' });
    assert.equal((await runtime.getState()).revision, revision);
    await assert.rejects(runtime.getLink('one-more'), { code: 'LINK_NOT_FOUND' });
  });
});
