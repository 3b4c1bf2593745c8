import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { TestRuntime } from '../../support/test-runtime.ts';
import { Mount } from '../journal/support/mounts.ts';

describe('a runtime whose disk is full', () => {
  const folder = useTemporaryFolder();

  it('refuses what it cannot keep, all of it, and goes on with what runs and when there is room', async () => {
    using disk = Mount.small(folder('disk'), 1024);
    const filler = join(disk.folder, 'filler');
    writeFileSync(filler, new Uint8Array(300_000));
    const stateDirectory = join(disk.folder, 'state');
    await using test = await TestRuntime.create({ stateDirectory });
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'link' });
    await runtime.start();

    // As much as a spec may hold, about 16 KB.
    const labelsOf = (number: number) =>
      Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`label-${i}`, String(number).padStart(250)]));
    let accepted = 0;
    const fill = async () => {
      for (;;) {
        await runtime.updateProcessor('sink', { labels: labelsOf(accepted) });
        accepted++;
      }
    };
    await assert.rejects(fill(), { code: 'JOURNAL_UNAVAILABLE' });
    assert.ok(accepted > 5);
    const before = await runtime.getState();
    assert.deepEqual((await runtime.getProcessor('sink')).labels, labelsOf(accepted - 1));

    // Several at once, which build on each other: none of them is there.
    const outcomes = await Promise.allSettled([
      runtime.addProcessor({ type: 'NullSink', id: 'a', labels: labelsOf(0) }),
      runtime.addProcessor({ type: 'NullSink', id: 'b', labels: labelsOf(0) }),
      runtime.connect(outputPort('source', 'data'), inputPort('a', 'data'), { id: 'to-a' }),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code),
      ['JOURNAL_UNAVAILABLE', 'JOURNAL_UNAVAILABLE', 'JOURNAL_UNAVAILABLE'],
    );
    const { revision } = await runtime.getState();
    assert.equal(revision, before.revision);
    const ids = (await runtime.listProcessors()).map(({ processorId }) => processorId);
    assert.deepEqual(ids, ['sink', 'source']);
    const delivered = async () => Number((await runtime.getLink('link')).counters?.delivered);
    const seen = await delivered();
    await eventually(async () => (await delivered()) > seen, 'frames flow');

    rmSync(filler);
    const again = await runtime.addProcessor({ type: 'NullSink', id: 'a' });
    assert.equal(again.revision, revision + 1n);
    const graph = await runtime.getGraph();
    await runtime.close(0);
    await using second = await TestRuntime.create({ stateDirectory });
    assert.deepEqual(await second.runtime.getGraph(), graph);
  });
});
