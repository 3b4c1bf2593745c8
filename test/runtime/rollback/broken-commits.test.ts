import assert from 'node:assert/strict';
import type { CommitWork } from '../../../server/runtime/commit/records.ts';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import { EventLog } from '../../../server/runtime/events/event-log.ts';
import { createSegment } from '../../../server/runtime/frame/segment.ts';
import { DEFAULT_PLACEMENT, type ProcessorSpec } from '../../../server/runtime/graph/index.ts';
import { ControlJournal } from '../../../server/runtime/history/control-journal.ts';
import { parseProcessorId, USER } from '../../../server/runtime/ids.ts';
import { MemoryJournal } from '../../../server/runtime/journal/index.ts';
import { ControlMemory } from '../../../server/runtime/link/control-memory.ts';
import { createLog } from '../../../server/runtime/logging.ts';
import { GraphCommits } from '../../../server/runtime/loop/graph-commits.ts';
import { GraphEditor } from '../../../server/runtime/loop/graph-editor.ts';
import { LanePlanner } from '../../../server/runtime/loop/lane-planner.ts';
import { Lifecycle } from '../../../server/runtime/loop/lifecycle.ts';
import { ProcessorRegistry } from '../../../server/runtime/registry/index.ts';
import type { OnFailure } from '../../../server/runtime/vocabulary.ts';
import { TEST_REGISTRIES } from '../../support/test-runtime.ts';
import { rejectionOf } from './support/rollback-runtime.ts';

const spec = (id: string): ProcessorSpec => ({
  processorId: parseProcessorId(id),
  processorType: 'NullSink',
  typeVersion: 0,
  displayName: '',
  config: {},
  placement: DEFAULT_PLACEMENT,
  supervision: {},
  paused: false,
  owner: USER,
  labels: {},
});

/** Commits whose commit of what runs breaks off as often as it is told to; nothing runs. */
async function createBreakableCommits() {
  const registry = await ProcessorRegistry.load(TEST_REGISTRIES);
  const events = new EventLog(() => editor.graph.revision);
  const measurements = () => ({ loadOf: () => undefined, framesPerSecondOf: () => undefined });
  const planner = new LanePlanner({ registry, graph: () => editor.graph, measurements });
  const control = new ControlMemory(createSegment(2 ** 24));
  const journal = new ControlJournal({
    journal: new MemoryJournal(),
    log: createLog({ '': 'silent' }).area('journal'),
  });
  await journal.open();
  const editor: GraphEditor = new GraphEditor({ registry, events, planner, control, journal });
  const seen: CommitWork[] = [];
  const broken = { times: 0 };
  const committer = {
    stop: async () => {},
    applyPauses: async () => {},
    restart: async () => ({ impacts: [], changes: [], tookMs: 0 }),
    async commit(work: CommitWork) {
      seen.push(work);
      if (broken.times-- > 0) throw new StreamlibError('INTERNAL', 'the wheel is loose');
      return { impacts: [], changes: [], failures: [], tookMs: 0 };
    },
    takeLost: async () => [],
  };
  const log = createLog({ '': 'silent' }).area('runtime');
  const commits = new GraphCommits({ editor, committer, events, types: registry, log });
  const supervisor = { reconsider: () => {}, forget: () => {}, stop: () => {} };
  const onCommitted = () => {};
  const lifecycle = new Lifecycle({ editor, committer, commits, events, log, supervisor, onCommitted });
  const accept = (id: string, onFailure: OnFailure) => {
    const context = { owner: USER, expectedRevision: undefined, actor: 'test', traceId: '', onFailure };
    return editor.edit([{ kind: 'add_processor', processor: spec(id) }], context);
  };
  const add = (id: string, onFailure: OnFailure) => {
    const accepted = accept(id, onFailure);
    commits.note(accepted);
    return commits.whenEffective(accepted);
  };
  return {
    editor,
    commits,
    lifecycle,
    seen,
    broken,
    accept,
    add,
    ids: () => [...editor.graph.processors.keys()],
  };
}

describe('a commit that breaks off', () => {
  it('answers everybody, keeps the edit, and leaves its work to the next', async () => {
    const { commits, seen, broken, add, ids } = await createBreakableCommits();
    broken.times = 1;
    const waiting = rejectionOf(add('kept', 'keep'));
    const { code, message } = await rejectionOf(commits.commit());
    assert.deepEqual([code, message], ['COMMIT_FAILED', (await waiting).message]);
    assert.match(message, /revision 1 could not be committed .*: the wheel is loose/);
    assert.deepEqual([ids(), commits.effectiveRevision], [['kept'], 0]);
    assert.equal(await commits.commit(), 'effective');
    assert.deepEqual([...(seen.at(-1)?.processors ?? [])], ['kept']);
    assert.equal(commits.effectiveRevision, 1);
  });

  it('takes back what is to be rolled back, and nothing else', async () => {
    const { commits, broken, add, ids } = await createBreakableCommits();
    broken.times = 1;
    const careful = rejectionOf(add('careful', 'rollback'));
    const kept = add('kept', 'keep');
    assert.equal(await commits.commit(), 'again');
    assert.deepEqual(ids(), ['kept']);
    assert.equal(await commits.commit(), 'effective');
    await kept;
    const { code, details } = await careful;
    assert.deepEqual([code, details], ['COMMIT_FAILED', { revision: '1', reason: 'INTERNAL' }]);
    assert.equal(commits.effectiveRevision, 3);
  });

  it('answers also when what is to be rolled back does not mend it', async () => {
    const { commits, broken, add, ids } = await createBreakableCommits();
    broken.times = 2;
    const careful = rejectionOf(add('careful', 'rollback'));
    const kept = rejectionOf(add('kept', 'keep'));
    assert.equal(await commits.commit(), 'again');
    await assert.rejects(commits.commit(), { code: 'COMMIT_FAILED' });
    assert.match((await careful).message, /revision 1 was rolled back/);
    assert.match((await kept).message, /could not be committed/);
    assert.deepEqual(ids(), ['kept']);
  });

  it('fails a start, which may be tried again', async () => {
    const { lifecycle, broken, accept } = await createBreakableCommits();
    accept('kept', 'rollback');
    broken.times = 1;
    const failed = rejectionOf(lifecycle.start(1));
    const paused = rejectionOf(lifecycle.pause());
    assert.equal((await failed).code, 'COMMIT_FAILED');
    assert.deepEqual([(await paused).code, lifecycle.status], ['NOT_RUNNING', 'failed']);
    await lifecycle.start(2);
    assert.deepEqual([lifecycle.status, lifecycle.effectiveRevision], ['running', 1]);
    await lifecycle.stop(0);
  });
});
