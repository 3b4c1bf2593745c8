import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { CHANGE_KINDS, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { assertAddsUp } from '../support/link-sums.ts';
import { loopersAtWork } from '../support/test-processors.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const changesOf = (outcome: {
  changes: readonly { kind: number; part: { value?: string }; reason: string }[];
}) =>
  outcome.changes.map(({ kind, part, reason }) =>
    `${part.value} ${wordOf(CHANGE_KINDS, kind)} ${reason}`.trim(),
  );

describe('a processor that misbehaves', () => {
  let test: TestRuntime;

  beforeEach(async () => {
    test = await TestRuntime.create();
    loopersAtWork.clear();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'stage' } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: 'stage' } });
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'healthy' });
    await runtime.start();
  });

  afterEach(async () => {
    await test[Symbol.asyncDispose]();
  });

  const delivered = async (id: string) => Number((await test.runtime.getLink(id)).counters?.delivered);
  const flows = async (id: string) => {
    const before = await delivered(id);
    await eventually(async () => (await delivered(id)) > before + 5, `${id} flows`);
  };

  it('fails alone when it throws in setup, and says why', async () => {
    const added = await test.runtime.addProcessor(
      { type: 'Thrower', id: 'bad', config: { in: 'setup' }, placement: { lane: 'stage' } },
      { wait: 'effective' },
    );
    assert.equal(added.effective, true);
    assert.deepEqual(changesOf(added), ['bad created', 'bad failed SETUP_FAILED']);
    await test.until('bad', 'failed');
    const { error } = await test.runtime.getProcessor('bad');
    assert.deepEqual([error?.code, error?.message], ['SETUP_FAILED', 'no such thing']);
    await eventually(() => test.payloads('processorFailed').length === 1, 'the event');
    assert.deepEqual(
      test.payloads('processorFailed').map(({ processorId, error: cause }) => [processorId, cause?.code]),
      [['bad', 'SETUP_FAILED']],
    );
    await flows('healthy');
  });

  it('fails alone when it throws in process; frames to it are dropped and counted', async () => {
    const { runtime } = test;
    await runtime.addProcessor({
      type: 'Thrower',
      id: 'bad',
      config: { in: 'process' },
      placement: { lane: 'stage' },
    });
    await runtime.connect(outputPort('source', 'data'), inputPort('bad', 'data'), {
      id: 'to-bad',
      delivery: 'lossless',
    });
    await test.until('bad', 'failed');
    const { error, metrics } = await runtime.getProcessor('bad');
    assert.deepEqual([error?.code, error?.message], ['PROCESS_FAILED', 'thrown in process']);
    assert.equal(metrics?.errors, 1n);
    await flows('healthy');
    await eventually(
      async () => Number((await runtime.getLink('to-bad')).counters?.dropped?.failed) > 0,
      'drops',
    );

    await runtime.stop();
    assertAddsUp(await runtime.getLink('to-bad'));
  });

  it('is set up again by a restart', async () => {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Thrower', id: 'bad', config: { in: 'process' } });
    await runtime.connect(outputPort('source', 'data'), inputPort('bad', 'data'), { id: 'to-bad' });
    await test.until('bad', 'failed');
    await runtime.updateProcessor('bad', { config: { in: 'teardown' } }, { wait: 'effective' });
    const restarted = await runtime.restartProcessor('bad', { wait: 'effective' });
    assert.deepEqual(changesOf(restarted), ['bad restarted restart']);
    assert.equal(restarted.unchanged, true);
    await test.until('bad', 'running');
    await flows('to-bad');
    assert.equal(Number((await runtime.getProcessor('bad')).metrics?.restarts) >= 1, true);
  });

  it('stops nothing but its lane when it never returns, and leaves it when it is deleted', async () => {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'far-source' });
    await runtime.addProcessor({ type: 'NullSink', id: 'far-sink' });
    await runtime.connect(outputPort('far-source', 'data'), inputPort('far-sink', 'data'), { id: 'far' });
    await runtime.connect(outputPort('far-source', 'data'), inputPort('sink', 'data'), {
      id: 'into-the-lane',
    });
    await flows('far');
    await runtime.addProcessor({ type: 'Looper', id: 'looper', placement: { lane: 'stage' } });
    await eventually(() => loopersAtWork.has('looper'), 'the lane hangs');
    await flows('far');

    const removed = await runtime.removeProcessor('looper', { wait: 'effective' });
    assert.equal(removed.effective, true);
    assert.deepEqual(changesOf(removed).sort(), [
      'looper deleted',
      'sink restarted lane_lost',
      'source restarted lane_lost',
    ]);
    await flows('healthy');
    await flows('into-the-lane');
    await flows('far');
    assert.deepEqual(
      test
        .payloads('laneLost')
        .map(({ laneId, reason, processorIds }) => [laneId, reason, processorIds.sort()]),
      [['stage', 'unresponsive', ['sink', 'source']]],
    );
    const committed = test.payloads('graphCommitted').at(-1);
    assert.deepEqual(changesOf({ changes: committed?.changes ?? [] }).sort(), [
      'sink restarted lane_lost',
      'source restarted lane_lost',
    ]);

    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('takes its lane-mates with it when it ends the thread, and they can be restarted', async () => {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Exiter', id: 'exiter', placement: { lane: 'stage' } });
    await test.until('source', 'failed');
    assert.equal((await runtime.getProcessor('source')).error?.code, 'LANE_LOST');
    assert.deepEqual(
      test.payloads('laneLost').map(({ reason }) => reason),
      ['exited'],
    );
    assertAddsUp(await runtime.getLink('healthy'));
    await runtime.removeProcessor('exiter', { wait: 'effective' });
    await runtime.restartProcessor('source', { wait: 'effective' });
    await runtime.restartProcessor('sink', { wait: 'effective' });
    await flows('healthy');
  });

  it('does not keep the runtime from stopping and starting again, and the counters add up', async () => {
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'far-source' });
    await runtime.connect(outputPort('far-source', 'data'), inputPort('sink', 'data'), {
      id: 'into-the-lane',
    });
    await flows('into-the-lane');
    await runtime.addProcessor({ type: 'Looper', id: 'looper', placement: { lane: 'stage' } });
    await eventually(() => loopersAtWork.has('looper'), 'the lane hangs');
    await runtime.stop({ drainTimeoutMs: 400 });
    for (const link of await runtime.listLinks()) assertAddsUp(link);
    await runtime.removeProcessor('looper');
    await runtime.start();
    await flows('healthy');
    await flows('into-the-lane');
  });

  it('is told apart by its lane: a promise from a synchronous process is an error', async () => {
    await test.runtime.addProcessor({ type: 'Promiser', id: 'promiser' });
    await test.until('promiser', 'failed');
    assert.equal((await test.runtime.getProcessor('promiser')).error?.code, 'PROCESS_FAILED');
  });
});

for (const type of ['Orchestrator', 'AsyncOrchestrator']) {
  it(`${type} adds and connects processors from inside process without a deadlock`, async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count: 3 } });
    await runtime.addProcessor({ type, id: 'builder' });
    await runtime.connect(outputPort('source', 'data'), inputPort('builder', 'data'));
    await runtime.start();
    await eventually(
      () => test.payloads('custom').some(({ name }) => name === 'branch_built'),
      'the branch is built',
    );
    await test.until('builder-sink', 'running');
    const links = await runtime.listLinks();
    const branch = links.find(({ toProcessor }) => toProcessor === 'builder-sink');
    await eventually(
      async () => Number((await runtime.getLink(branch?.linkId ?? '')).counters?.delivered) > 3,
      'frames flow through the branch',
    );
  });
}
