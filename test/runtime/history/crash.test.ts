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

/** What a writer said until it was killed. */
class Said {
  readonly done = new Map<string, number>();
  readonly tried = new Set<string>();

  take(stdout: string): void {
    // NB: the last line may be half of one.
    for (const line of stdout.split('\n').slice(0, -1)) {
      const [word, id = '', revision] = line.split(' ');
      if (word === 'done') this.done.set(id, Number(revision));
      else this.tried.add(id);
    }
  }
}

const startWriter = (state: string, { tried }: Said, env: Readonly<Record<string, string>> = {}) =>
  new Child(process.execPath, [WRITER, state, String(tried.size + 1)], { env });

async function assertKept(stateDirectory: string, { done, tried }: Said): Promise<void> {
  const log = createLog({ '': 'silent' });
  const runtime = await StreamRuntime.create({ registries: TEST_REGISTRIES, log, stateDirectory });
  try {
    const processors = await runtime.listProcessors();
    const ids = new Set(processors.map(({ processorId }) => processorId));
    for (const id of done.keys()) assert.ok(ids.has(id), `${id} was acknowledged`);
    for (const { processorId: id, labels } of processors) {
      assert.ok(tried.has(id), `${id} was tried`);
      assert.equal(labels.id, id);
    }
    assert.equal(Number((await runtime.getState()).revision), ids.size, 'one revision each');
    for (const [id, revision] of done.size === 0 ? [] : [random.pick([...done]) ?? assert.fail()]) {
      const { graph } = await runtime.execute({ case: 'getGraph', value: { revision: BigInt(revision) } });
      assert.equal(graph?.processors.length, revision);
      assert.ok(graph?.processors.some(({ processorId }) => processorId === id));
      const options = { requestId: id, actor: 'embedded' };
      const again = await runtime.addProcessor({ type: 'Forward', id, labels: { id } }, options);
      assert.equal(Number(again.revision), revision, 'the answer of the first time');
    }
  } finally {
    await runtime.close();
  }
}

describe('a runtime that is killed while it is edited', () => {
  const path = useTemporaryFolder();

  it(`has every acknowledged edit, exactly once, in its place (seed ${random.seed})`, async function () {
    this.timeout(20_000 + KILLS * 10_000);
    const said = new Said();
    for (let kill = 0; kill < KILLS; kill++) {
      const edits = 1 + random.below(400);
      await using writer = startWriter(path('state'), said);
      const count = () => writer.stdout.split('\ndone ').length - 1;
      await eventually(() => count() >= edits, `${edits} edits`);
      writer.kill('SIGKILL');
      said.take((await writer.end()).stdout);
      await assertKept(path('state'), said);
    }
  });

  for (const point of [
    'within_group',
    'before_commit',
    'after_commit',
    'after_acknowledged',
    'after_snapshot',
  ]) {
    it(`has them when it dies in the journal: ${point}`, async function () {
      this.timeout(60_000);
      const said = new Said();
      // A snapshot comes after 2,000 edits.
      const times = point === 'after_snapshot' ? 1 : 1 + random.below(40);
      await using writer = startWriter(path('state'), said, { STREAMLIB_JOURNAL_CRASH: `${point}:${times}` });
      const { signal, stdout } = await writer.end();
      assert.equal(signal, 'SIGKILL');
      said.take(stdout);
      await assertKept(path('state'), said);
      await using second = startWriter(path('state'), said);
      await eventually(() => second.stdout.includes('\ndone '), 'it goes on');
      second.kill('SIGKILL');
      said.take((await second.end()).stdout);
      await assertKept(path('state'), said);
    });
  }
});
