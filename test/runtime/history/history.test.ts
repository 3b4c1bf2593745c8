import assert from 'node:assert/strict';
import type { ListRevisionsResponse } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { StreamRuntime } from '../../../server/runtime/stream-runtime.ts';
import { CHANGE_KINDS, wordOf } from '../../../server/runtime/vocabulary.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

const EDITS = 60;
const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

const graphAt = async (runtime: StreamRuntime, revision?: bigint) => {
  const { graph } = await runtime.execute({ case: 'getGraph', value: { revision } });
  assert.ok(graph !== undefined);
  return { processors: graph.processors, links: graph.links };
};

/** One edit that makes a revision, of any kind. */
async function editAtRandom(runtime: StreamRuntime, number: number): Promise<void> {
  const ids = (await runtime.listProcessors()).map(({ processorId }) => processorId);
  const links = (await runtime.listLinks()).map(({ linkId }) => linkId);
  const id = random.pick(ids);
  const link = random.pick(links);
  switch (random.below(6)) {
    case 0:
      if (id !== undefined) return void (await runtime.removeProcessor(id));
      break;
    case 1:
      if (id !== undefined)
        return void (await runtime.updateProcessor(id, { displayName: `name ${number}` }));
      break;
    case 2:
      if (link !== undefined) return void (await runtime.updateLink(link, { capacityFrames: 1 + number }));
      break;
    case 3:
      if (link !== undefined) return void (await runtime.disconnect(link));
      break;
    case 4:
      if (ids.length > 1) {
        const free = ids.find((to) => to !== ids[0]) as string;
        try {
          const ends = [outputPort(ids[0] as string, 'data_out'), inputPort(free, 'data_in')] as const;
          return void (await runtime.connect(...ends, { id: `link-${number}` }));
        } catch {
          break;
        }
      }
  }
  await runtime.addProcessor({ type: 'Forward', id: `node-${number}` });
}

describe('the history of a graph', () => {
  let test: TestRuntime;

  beforeEach(async () => {
    test = await TestRuntime.create();
  });

  afterEach(() => test[Symbol.asyncDispose]());

  it(`knows each revision, what leads to it, and the way back (seed ${random.seed})`, async () => {
    const { runtime } = test;
    const graphs = [await graphAt(runtime)];
    for (let i = 0; i < EDITS; i++) {
      await editAtRandom(runtime, i);
      graphs.push(await graphAt(runtime));
    }
    for (const [revision, graph] of graphs.entries())
      assert.deepEqual(await graphAt(runtime, BigInt(revision)), graph, `revision ${revision}`);

    for (let i = 0; i < 10; i++) {
      const [from, to] = [random.below(EDITS + 1), random.below(EDITS + 1)];
      await runtime.rollback({ revision: BigInt(from) });
      assert.deepEqual(await graphAt(runtime), graphs[from], `back at ${from}`);
      const ends = { fromRevision: BigInt(from), toRevision: BigInt(to) };
      // NB: 0 stands for the latest.
      if (to === 0) continue;
      const { edits } = await runtime.execute({ case: 'diffRevisions', value: ends });
      if (edits.length > 0) await runtime.execute({ case: 'applyGraph', value: { edits } });
      assert.deepEqual(await graphAt(runtime), graphs[to], `from ${from} to ${to}`);
    }
  });

  it('tells the revisions newest first, in pages, each once, and by owner', async () => {
    const { runtime } = test;
    for (let i = 0; i < 7; i++)
      await runtime.addProcessor({ type: 'Forward', id: `n${i}` }, { actor: 'ann' });
    await runtime.pauseProcessor('n3', { actor: 'bob', requestId: 'once' });
    const seen: ListRevisionsResponse['revisions'] = [];
    let pageToken = '';
    do {
      const page = await runtime.execute({ case: 'listRevisions', value: { pageSize: 3, pageToken } });
      assert.ok(page.revisions.length <= 3);
      seen.push(...page.revisions);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    assert.deepEqual(
      seen.map(({ revision }) => Number(revision)),
      [8, 7, 6, 5, 4, 3, 2, 1],
    );
    const [last] = seen;
    assert.deepEqual(
      [last?.actor, last?.requestId, last?.edits.map(({ edit }) => edit.case)],
      ['bob', 'once', ['pauseProcessor']],
    );
    assert.deepEqual(
      last?.changes.map(({ kind, part }) => [wordOf(CHANGE_KINDS, kind), part.value]),
      [['paused', 'n3']],
    );
    const others = await runtime.execute({ case: 'listRevisions', value: { owner: 'pipelines/none' } });
    assert.deepEqual(others.revisions, []);
  });

  it('answers who changed what', async () => {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Forward', id: 'a' }, { actor: 'ann', origin: '10.0.0.1' });
    await runtime.addProcessor({ type: 'Forward', id: 'b' }, { actor: 'bob' });
    await runtime.start({ actor: 'bob' });
    await runtime.removeProcessor('a', { actor: 'bob' });
    const audit = async (filter: object) => {
      const { records } = await runtime.execute({ case: 'listAuditRecords', value: filter });
      return records.map(({ actor, origin, method, resource }) =>
        [actor, origin, method, resource].filter((text) => text !== '').join(' '),
      );
    };
    assert.deepEqual(await audit({}), [
      'bob ProcessorService/DeleteProcessor processors/a',
      'bob RuntimeService/StartRuntime runtime',
      'bob ProcessorService/CreateProcessor processors/b',
      'ann 10.0.0.1 ProcessorService/CreateProcessor processors/a',
    ]);
    assert.deepEqual(await audit({ actor: 'ann' }), [
      'ann 10.0.0.1 ProcessorService/CreateProcessor processors/a',
    ]);
    assert.equal((await audit({ resource: 'processors/a' })).length, 2);
  });

  it('answers who tried what, and who restarted what', async () => {
    const { runtime } = test;
    const bob = { actor: 'bob', origin: '10.0.0.2' };
    await runtime.addProcessor({ type: 'Forward', id: 'a' }, { actor: 'ann' });
    await runtime.start({ actor: 'ann' });
    await assert.rejects(runtime.addProcessor({ type: 'Forward', id: 'a' }, bob));
    await assert.rejects(runtime.removeProcessor('b', { ...bob, expectedRevision: 9n }));
    await assert.rejects(runtime.rollback({ revision: 99n, dryRun: true }, bob));
    await assert.rejects(runtime.getProcessor('b'));
    await runtime.restartProcessor('a', { ...bob, wait: 'effective' });
    await runtime.restartProcessor('a', { ...bob, requestId: 'once' });
    const { records } = await runtime.execute({ case: 'listAuditRecords', value: { actor: 'bob' } });
    assert.deepEqual(
      records.map(({ origin, method, resource, error, revision }) => [
        ...[origin, method, resource, error, Number(revision)],
      ]),
      [
        ['10.0.0.2', 'ProcessorService/RestartProcessor', 'processors/a', '', 0],
        ['10.0.0.2', 'ProcessorService/RestartProcessor', 'processors/a', '', 0],
        ['10.0.0.2', 'ProcessorService/DeleteProcessor', 'processors/b', 'REVISION_MISMATCH', 0],
        ['10.0.0.2', 'ProcessorService/CreateProcessor', 'processors/a', 'ID_TAKEN', 0],
      ],
    );
  });

  it('says what of a rollback would happen, and does nothing', async () => {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Forward', id: 'a' });
    await runtime.addProcessor({ type: 'Forward', id: 'b' });
    const before = await graphAt(runtime);
    const outcome = await runtime.rollback({ revision: 1n, dryRun: true });
    assert.deepEqual(
      outcome.changes.map(({ kind, part }) => [wordOf(CHANGE_KINDS, kind), part.value]),
      [['deleted', 'b']],
    );
    assert.deepEqual(await graphAt(runtime), before);
    assert.equal((await runtime.rollback({ revision: 2n })).unchanged, true);
  });

  for (const { name, act } of [
    { name: 'a graph', act: (runtime: StreamRuntime) => graphAt(runtime, 9n) },
    { name: 'a rollback', act: (runtime: StreamRuntime) => runtime.rollback({ revision: 9n }) },
    {
      name: 'a difference',
      act: (runtime: StreamRuntime) =>
        runtime.execute({ case: 'diffRevisions', value: { fromRevision: 0n, toRevision: 9n } }),
    },
  ]) {
    it(`refuses ${name} of a revision that is not there`, async () => {
      await assert.rejects(Promise.resolve(act(test.runtime)), { code: 'REVISION_NOT_FOUND' });
    });
  }

  it('loses no update of many editors that expect a revision', async () => {
    const [editors, rounds] = [50, 4];
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Forward', id: 'shared', labels: { count: '0' } });
    const increment = async (): Promise<void> => {
      for (;;) {
        const { revision: expectedRevision } = await runtime.getState();
        const { labels } = await runtime.getProcessor('shared');
        // Others come between the look and the edit.
        await new Promise((resolve) => setImmediate(resolve));
        try {
          const count = String(Number(labels.count) + 1);
          await runtime.updateProcessor('shared', { labels: { count } }, { expectedRevision });
          return;
        } catch (error) {
          assert.equal((error as { code: string }).code, 'REVISION_MISMATCH');
        }
      }
    };
    await Promise.all(
      Array.from({ length: editors }, async () => {
        for (let i = 0; i < rounds; i++) await increment();
      }),
    );
    assert.equal((await runtime.getProcessor('shared')).labels.count, String(editors * rounds));
    const { revisions } = await runtime.execute({ case: 'listRevisions', value: {} });
    const counts = revisions.flatMap(({ edits: [first] }) =>
      first?.edit.case === 'updateProcessor' ? [Number(first.edit.value.labels.count)] : [],
    );
    assert.deepEqual(
      counts,
      counts.map((_, i) => editors * rounds - i),
    );
  });
});
