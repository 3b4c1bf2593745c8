import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { createLog } from '../../../server/runtime/logging.ts';
import { StreamRuntime } from '../../../server/runtime/stream-runtime.ts';
import { Child } from '../../support/child.ts';
import { eventually } from '../../support/eventually.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';
import { TEST_REGISTRIES } from '../../support/test-runtime.ts';

/** How often the writer is killed; a script asks for more. */
const KILLS = Number(process.env.STREAMLIB_TEST_KILLS ?? 8);
const WRITER = fileURLToPath(new URL('./support/edit-writer.ts', import.meta.url));
const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

describe('a runtime that is killed while it is edited', () => {
  const path = useTemporaryFolder();

  it(`has every acknowledged edit, exactly once, in its place (seed ${random.seed})`, async function () {
    this.timeout(20_000 + KILLS * 10_000);
    const done = new Map<string, number>();
    const tried = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const edits = 1 + random.below(400);
      await using writer = new Child(process.execPath, [WRITER, path('state'), String(tried.size + 1)]);
      const count = () => writer.stdout.split('\ndone ').length - 1;
      await eventually(() => count() >= edits, `${edits} edits`);
      writer.kill('SIGKILL');
      const { stdout } = await writer.end();
      // NB: the last line may be half of one.
      for (const line of stdout.split('\n').slice(0, -1)) {
        const [word, id = '', revision] = line.split(' ');
        if (word === 'done') done.set(id, Number(revision));
        else tried.add(id);
      }

      const log = createLog({ '': 'silent' });
      const runtime = await StreamRuntime.create({
        registries: TEST_REGISTRIES,
        log,
        stateDirectory: path('state'),
      });
      try {
        const processors = await runtime.listProcessors();
        const ids = new Set(processors.map(({ processorId }) => processorId));
        for (const id of done.keys()) assert.ok(ids.has(id), `${id} was acknowledged`);
        for (const { processorId: id, labels } of processors) {
          assert.ok(tried.has(id), `${id} was tried`);
          assert.equal(labels.id, id);
        }
        assert.equal(Number((await runtime.getState()).revision), ids.size, 'one revision each');
        const [id, revision] = random.pick([...done]) ?? assert.fail('nothing was done');
        const { graph } = await runtime.execute({ case: 'getGraph', value: { revision: BigInt(revision) } });
        assert.equal(graph?.processors.length, revision);
        assert.ok(graph?.processors.some(({ processorId }) => processorId === id));
        const again = await runtime.addProcessor(
          { type: 'Forward', id, labels: { id } },
          { requestId: id, actor: 'embedded' },
        );
        assert.equal(Number(again.revision), revision, 'the answer of the first time');
      } finally {
        await runtime.close();
      }
    }
  });
});
