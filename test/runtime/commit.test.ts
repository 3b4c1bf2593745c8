import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { createLog } from '../../server/runtime/logging.ts';
import { CHANGE_KINDS, LANE_KINDS, LOG_LEVELS, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { assertAddsUp, droppedOf } from '../support/link-sums.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const ends = (from: string, to: string) => [outputPort(from, 'data'), inputPort(to, 'data')] as const;

describe('a commit', () => {
  it('takes a config live where the processor can, and restarts it where it cannot, and says so', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await runtime.addProcessor({ type: 'Forward', id: 'middle' });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('source', 'data'), inputPort('middle', 'data_in'), {
      id: 'in',
      delivery: 'lossless',
    });
    await runtime.connect(outputPort('middle', 'data_out'), inputPort('sink', 'data'), {
      id: 'out',
      delivery: 'lossless',
    });
    await runtime.start();

    const live = await runtime.updateProcessor('middle', { config: { label: 'live' } }, EFFECTIVE);
    assert.deepEqual(
      live.changes.map(({ kind, reason }) => [wordOf(CHANGE_KINDS, kind), reason]),
      [['updated', 'config']],
    );
    const restarted = await runtime.updateProcessor('middle', { config: { label: 'restart' } }, EFFECTIVE);
    assert.deepEqual(
      restarted.changes.map(({ kind, reason }) => [wordOf(CHANGE_KINDS, kind), reason]),
      [
        ['updated', 'config'],
        ['restarted', 'config'],
      ],
    );
    assert.deepEqual(restarted.impacts.map(({ linkId, framesDropped }) => [linkId, framesDropped]).sort(), [
      ['in', 0n],
      ['out', 0n],
    ]);
    await runtime.stop();
    for (const link of await runtime.listLinks()) {
      assertAddsUp(link);
      assert.equal(droppedOf(link), 0, `${link.linkId} lost nothing`);
    }
  });

  it('reports accepted and effective as two events of the same revision, in this order', async () => {
    await using test = await TestRuntime.create();
    await test.runtime.start();
    const { revision } = await test.runtime.addProcessor({ type: 'NullSink', id: 'sink' }, EFFECTIVE);
    await eventually(
      () => test.payloads('graphCommitted').some((event) => event.revision === revision),
      'the event',
    );
    const order = test.events.flatMap(({ type, payload }) =>
      'value' in payload &&
      payload.value !== undefined &&
      'revision' in payload.value &&
      payload.value.revision === revision
        ? [type]
        : [],
    );
    assert.deepEqual(order, ['GraphDidChange', 'GraphCommitted']);
    const sequences = test.events.map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      sequences,
      sequences.map((_, i) => (sequences[0] ?? 0) + i),
      'no sequence is missing',
    );
  });

  it('answers at once that nothing is effective while nothing runs', async () => {
    await using test = await TestRuntime.create();
    const added = await test.runtime.addProcessor({ type: 'NullSink' }, EFFECTIVE);
    assert.deepEqual([added.revision, added.effective], [1n, false]);
    assert.equal((await test.runtime.getState()).effectiveRevision, 0n);
  });

  it('starts a processor anew that had ended, when it gets a new link', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'short', config: { count: 10 } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(...ends('short', 'sink'));
    await runtime.start();
    await test.until('sink', 'stopped');
    await runtime.addProcessor({ type: 'Emit', id: 'long' });
    await runtime.connect(...ends('long', 'sink'), { id: 'again' }, EFFECTIVE);
    await test.until('sink', 'running');
    await eventually(
      async () => Number((await runtime.getLink('again')).counters?.delivered) > 5,
      'frames flow',
    );
  });

  it('ends at once what is connected to a processor that has ended', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'short', config: { count: 10 } });
    await runtime.start();
    await test.until('short', 'stopped');
    for (const [id, lane] of [
      ['near', 'auto'],
      ['far', 'dedicated'],
    ] as const) {
      await runtime.addProcessor({ type: 'NullSink', id, placement: { lane } });
      await runtime.connect(...ends('short', id));
      await test.until(id, 'stopped');
    }
    await runtime.ended();
  });

  it('puts a processor in the place of one that was deleted under the same id', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'NullSink', id: 'part' });
    await runtime.start();
    const [, , added] = await Promise.all([
      runtime.removeProcessor('part'),
      runtime.addProcessor({ type: 'Emit', id: 'part' }),
      runtime.addProcessor({ type: 'NullSink', id: 'sink' }, EFFECTIVE),
    ]);
    assert.equal(added.effective, true);
    await runtime.connect(...ends('part', 'sink'), { id: 'link' }, EFFECTIVE);
    await eventually(
      async () => Number((await runtime.getLink('link')).counters?.delivered) > 5,
      'frames flow',
    );
  });

  it('moves a processor only when its placement says so, as a restart', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'stage' } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: 'stage' } });
    await runtime.connect(...ends('source', 'sink'), { id: 'link' });
    await runtime.start();
    const moved = await runtime.execute(
      { case: 'updateProcessor', value: { processorId: 'sink', placement: { lane: 'main' } } },
      EFFECTIVE,
    );
    assert.deepEqual(
      moved.outcome?.changes.map(({ kind, reason }) => [wordOf(CHANGE_KINDS, kind), reason]),
      [
        ['updated', 'placement'],
        ['restarted', 'placement'],
      ],
    );
    const plan = await runtime.execute({ case: 'getPlan', value: {} });
    assert.deepEqual(
      plan.lanes
        .map(({ laneId, kind, processorIds }) => [laneId, wordOf(LANE_KINDS, kind), processorIds])
        .sort(),
      [
        ['main', 'main', ['sink']],
        ['stage', 'shared', ['source']],
      ],
    );
    await eventually(
      async () => Number((await runtime.getLink('link')).counters?.delivered) > 5,
      'frames flow',
    );
    await runtime.stop();
    assertAddsUp(await runtime.getLink('link'));
  });

  it('refuses a lane too many and changes nothing', async () => {
    await using test = await TestRuntime.create({ maxLanes: 2 });
    const { runtime } = test;
    const placement = { lane: 'dedicated' };
    await runtime.addProcessor({ type: 'NullSink', id: 'one', placement });
    await runtime.addProcessor({ type: 'NullSink', id: 'two', placement });
    await assert.rejects(runtime.addProcessor({ type: 'NullSink', id: 'three', placement }), {
      code: 'LANES',
      path: 'placement.lane',
      message: /2/,
    });
    assert.equal((await runtime.getState()).revision, 2n);
    await runtime.removeProcessor('one');
    await runtime.addProcessor({ type: 'NullSink', id: 'three', placement });
  });

  it('reports a call that holds the main thread', async () => {
    await using test = await TestRuntime.create();
    await test.runtime.addProcessor({ type: 'SlowCaller', id: 'slow' });
    await test.runtime.start();
    await eventually(() => test.payloads('mainThreadBlocked').length === 1, 'the event');
    const [event] = test.payloads('mainThreadBlocked');
    assert.deepEqual([event?.processorId, event?.exportName], ['slow', 'holdMainThread']);
    assert.ok((event?.took?.nanos ?? 0) >= 19_000_000);
  });

  it('makes events of what processors warn of, and of no flood', async () => {
    const log = createLog({ '': 'error' }, openSync(devNull, 'w'));
    await using test = await TestRuntime.create({ log: { ...log, levels: { '': 'info' } } });
    await test.runtime.addProcessor({ type: 'Warner', id: 'warner' });
    await test.runtime.start();
    await eventually(() => test.payloads('logged').length >= 10, 'the events');
    const [first] = test.payloads('logged');
    assert.deepEqual(
      [first?.processorId, wordOf(LOG_LEVELS, first?.level), first?.message, first?.fields],
      ['warner', 'error', 'first', { port: 3 }],
    );
    // A second may pass within the flood, and then as many again are let through.
    assert.ok(test.payloads('logged').length <= 20);
  });

  it('leaves untouched links alone: nothing is lost on them under many edits beside them', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count: 3_000, per_call: 8 } });
    await runtime.addProcessor({
      type: 'Collect',
      id: 'sink',
      config: { topic: 'sink' },
      placement: { lane: 'dedicated' },
    });
    await runtime.connect(...ends('source', 'sink'), { id: 'untouched', delivery: 'lossless' });
    const ended = runtime.ended();
    await runtime.start();
    for (let i = 0; i < 40; i++) {
      const id = `extra-${i % 7}`;
      const exists = (await runtime.getGraph()).processors.some(({ processorId }) => processorId === id);
      if (exists) await runtime.removeProcessor(id);
      else {
        await runtime.addProcessor({
          type: 'NullSink',
          id,
          placement: { lane: i % 2 === 0 ? 'auto' : 'extra' },
        });
        await runtime.connect(...ends('source', id), {}, i % 5 === 0 ? EFFECTIVE : {});
      }
    }
    await ended;
    await eventually(
      () => test.payloads('custom').some(({ name }) => name === 'collected'),
      'the sink tells',
    );
    const collected = test.payloads('custom').find(({ name }) => name === 'collected')?.data;
    assert.deepEqual(collected, { count: 3_000, in_order: true, whole: true, first: 0, last: 2_999 });
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });
});

describe('a host with a loop of its own', () => {
  it('polls the commands of other threads itself, and the 257th is refused', async () => {
    const { resetRelay, relayedOperations } = await import('../support/relay.ts');
    resetRelay();
    await using test = await TestRuntime.create({ autoPoll: false });
    await test.runtime.addService({ type: 'Relay', id: 'relay' });
    const operations = relayedOperations();
    const answers = Array.from({ length: 300 }, () =>
      operations.getState().then(
        () => 'answered',
        ({ code }) => code,
      ),
    );
    const refused = await Promise.race([
      Promise.all(answers.slice(256)),
      new Promise((resolve) => setTimeout(resolve, 5_000)),
    ]);
    assert.deepEqual(new Set(refused as string[]), new Set(['QUEUE_FULL']));
    let executed = 0;
    await eventually(() => {
      executed += test.runtime.pollCommands();
      return executed === 256;
    }, 'all 256 are executed');
    assert.deepEqual(new Set(await Promise.all(answers.slice(0, 256))), new Set(['answered']));
    assert.equal(test.runtime.pollCommands(), 0);
  });
});
