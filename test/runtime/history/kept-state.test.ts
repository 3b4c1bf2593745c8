import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';

/** A registry beside those of the tests. */
const EXTRA = new URL('../../support/view-users.ts', import.meta.url).href;

describe('a runtime with a state directory', () => {
  const path = useTemporaryFolder();
  const open = (options = {}) => TestRuntime.create({ stateDirectory: path('state'), ...options });

  it('goes on with its graph and its revisions, also from a snapshot', async () => {
    const edits = 2_500;
    await using first = await open();
    const { runtime } = first;
    await runtime.addProcessor({ type: 'Forward', id: 'a' });
    await Promise.all(
      Array.from({ length: edits }, (_, i) => runtime.updateProcessor('a', { displayName: `name ${i}` })),
    );
    const before = await runtime.execute({ case: 'getGraph', value: {} });
    await first.runtime.close(0);

    await using second = await open();
    const after = await second.runtime.execute({ case: 'getGraph', value: {} });
    assert.deepEqual(after.graph, before.graph);
    assert.equal(Number(after.graph?.revision), edits + 1);
    for (const revision of [1, 2, 1_500, 2_000, 2_001, edits]) {
      const { graph } = await second.runtime.execute({
        case: 'getGraph',
        value: { revision: BigInt(revision) },
      });
      const want = revision === 1 ? '' : `name ${revision - 2}`;
      assert.deepEqual(
        graph?.processors.map(({ displayName }) => displayName),
        [want],
        `at ${revision}`,
      );
    }
    const { revision } = await second.runtime.addProcessor({ type: 'Forward', id: 'b' });
    assert.equal(Number(revision), edits + 2);
  });

  it('gives processors the state that they had', async () => {
    const counted = (test: TestRuntime, name: string) =>
      test.payloads('custom').flatMap((event) => (event.name === name ? [Number(event.data?.count)] : []));
    await using first = await open();
    const { runtime } = first;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await runtime.addProcessor({ type: 'Tally', id: 'tally' });
    await runtime.connect(outputPort('source', 'data'), inputPort('tally', 'data_in'), { id: 'in' });
    await runtime.start();
    await eventually(async () => Number((await runtime.getLink('in')).counters?.delivered) > 20, 'it counts');
    await runtime.close(1_000);
    const [before = 0] = counted(first, 'counted');
    assert.ok(before > 20);

    await using second = await open();
    await second.runtime.startAsKept();
    await eventually(() => counted(second, 'restored').length > 0, 'it was given its state');
    assert.deepEqual(counted(second, 'restored'), [before]);
  });

  it('opened to be read changes nothing, and says so', async () => {
    await using first = await open();
    await first.runtime.addProcessor({ type: 'Forward', id: 'a' });
    await first.runtime.close(0);
    await using second = await open({ stateReadOnly: true });
    assert.equal((await second.runtime.listProcessors()).length, 1);
    await assert.rejects(second.runtime.removeProcessor('a'), { code: 'JOURNAL_READ_ONLY' });
    assert.equal((await second.runtime.listProcessors()).length, 1);
  });

  it('is one per directory', async () => {
    await using _first = await open();
    await assert.rejects(open(), { code: 'JOURNAL_LOCKED' });
  });

  it('starts with what a type that is gone has left, failed, and the rest as it was', async () => {
    await using first = await open({
      registries: [...TEST_REGISTRIES, EXTRA],
    });
    await first.runtime.addProcessor({ type: 'Filler', id: 'gone' });
    await first.runtime.addProcessor({ type: 'Forward', id: 'stays' });
    await first.runtime.close(0);
    await using second = await open();
    await second.runtime.start();
    await second.until('stays', 'running');
    assert.equal(await second.stateOf('gone'), 'failed');
    const { error } = await second.runtime.getProcessor('gone');
    assert.equal(error?.code, 'PROCESSOR_TYPE_UNKNOWN');
  });
});
