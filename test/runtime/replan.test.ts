import assert from 'node:assert/strict';
import type { GetPlanResponse } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { CHANGE_KINDS, type Delivery, wordOf } from '../../server/runtime/vocabulary.ts';
import { eventually } from '../support/eventually.ts';
import { assertAddsUp, droppedOf } from '../support/link-sums.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const MEASURED = { loadIntervalMs: 100 } as const;

const laneIn = (plan: GetPlanResponse, id: string): string | undefined =>
  plan.lanes.find(({ processorIds }) => processorIds.includes(id))?.laneId;

const placeIn = (plan: GetPlanResponse, id: string) =>
  plan.lanes.flatMap(({ processors }) => processors).find(({ processorId }) => processorId === id);

/** A chain of processors that together take more than one lane can give, all placed in one lane as they are not measured. */
async function addHeavyChain(
  { runtime }: TestRuntime,
  { count, delivery }: { count: number; delivery: Delivery },
): Promise<void> {
  await runtime.addProcessor({ type: 'Emit', id: 'source', config: { count } });
  const middle = ['a', 'b', 'c'];
  for (const id of middle) await runtime.addProcessor({ type: 'Busy', id, config: { busy_us: 30 } });
  await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
  const chain = ['source', ...middle, 'sink'];
  for (const [i, to] of chain.slice(1).entries()) {
    const from = chain[i] as string;
    const out = outputPort(from, from === 'source' ? 'data' : 'data_out');
    const into = inputPort(to, to === 'sink' ? 'data' : 'data_in');
    await runtime.connect(out, into, { id: `${from}-${to}`, delivery });
  }
}

const hasMoves = (test: TestRuntime) => async () => (await test.runtime.getPlan()).moves.length > 0;

describe('a plan', () => {
  it('says of each processor why it sits where it does and what it costs, estimated at first and then measured', async () => {
    await using test = await TestRuntime.create(MEASURED);
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await runtime.addProcessor({ type: 'Busy', id: 'busy', config: { busy_us: 5 } });
    await runtime.addProcessor({ type: 'NullSink', id: 'alone', placement: { lane: 'dedicated' } });
    await runtime.connect(outputPort('source', 'data'), inputPort('busy', 'data_in'));
    await runtime.start();
    const first = await runtime.getPlan();
    assert.equal(placeIn(first, 'busy')?.reason, 'beside source: not measured yet, taken as 5.0 % of a lane');
    assert.equal(placeIn(first, 'alone')?.reason, 'placed in a lane of its own');
    await eventually(
      async () => placeIn(await runtime.getPlan(), 'busy')?.measured === true,
      'it is measured',
    );
    const later = await runtime.getPlan();
    const busyPercent = placeIn(later, 'busy')?.busyPercent ?? 0;
    assert.ok(busyPercent > 1 && busyPercent < 100, `busy ${busyPercent} %`);
    const lane = later.lanes.find(({ laneId }) => laneId === laneIn(later, 'busy'));
    assert.ok((lane?.busyPercent ?? 0) >= busyPercent);
  });
});

describe('a replan', () => {
  it('moves what overloads a lane and loses no frame of lossless links; what it does not move is untouched', async () => {
    await using test = await TestRuntime.create(MEASURED);
    const { runtime } = test;
    await addHeavyChain(test, { count: 15_000, delivery: 'lossless' });
    await runtime.addProcessor({
      type: 'Emit',
      id: 'far-source',
      config: { count: 10_000 },
      placement: { lane: 'far' },
    });
    await runtime.addProcessor({ type: 'Collect', id: 'far-sink', placement: { lane: 'further' } });
    await runtime.connect(outputPort('far-source', 'data'), inputPort('far-sink', 'data'), {
      id: 'far',
      delivery: 'lossless',
    });
    const ended = runtime.ended();
    await runtime.start();
    const before = await runtime.getPlan();
    assert.equal(new Set(['source', 'a', 'b', 'c', 'sink'].map((id) => laneIn(before, id))).size, 1);
    await eventually(hasMoves(test), 'moves are proposed');

    const expected = await runtime.replan({ dryRun: true });
    assert.equal(expected.unchanged, true);
    assert.ok(expected.moves.length > 0 && expected.impacts.length > 0);
    assert.deepEqual(
      (await runtime.getPlan()).lanes.map(({ processorIds }) => processorIds),
      before.lanes.map(({ processorIds }) => processorIds),
    );
    assert.deepEqual(test.payloads('graphReplanned'), []);

    const done = await runtime.replan({}, EFFECTIVE);
    const { revision } = await runtime.getState();
    assert.deepEqual([done.unchanged, done.effective, done.revision], [false, true, revision]);
    const after = await runtime.getPlan();
    for (const { processorId, fromLaneId, toLaneId, reason } of done.moves) {
      assert.equal(laneIn(before, processorId), fromLaneId);
      assert.equal(laneIn(after, processorId), toLaneId);
      assert.match(reason, /^relieves lane-1: \d+ % busy, \d+ % without/);
      assert.equal(placeIn(after, processorId)?.reason, `moved by a replan: ${reason}`);
      assert.equal((await runtime.getProcessor(processorId)).laneId, toLaneId);
    }
    assert.deepEqual(
      done.changes.map(({ kind, part, reason }) => [wordOf(CHANGE_KINDS, kind), part.value, reason]),
      done.moves.map(({ processorId }) => ['restarted', processorId, 'replan']),
    );
    const moved = new Set(done.moves.map(({ processorId }) => processorId));
    const touched = (await runtime.listLinks()).filter(
      ({ fromProcessor, toProcessor }) => moved.has(fromProcessor) || moved.has(toProcessor),
    );
    assert.deepEqual(
      done.impacts.map(({ linkId }) => linkId).sort(),
      touched.map(({ linkId }) => linkId).sort(),
    );
    assert.ok(done.impacts.every(({ pause }) => (pause?.nanos ?? 0) > 0));
    await eventually(() => test.payloads('graphReplanned').length === 1, 'the event');
    assert.deepEqual(test.payloads('graphReplanned')[0]?.impacts, done.impacts);

    await ended;
    // A source that was moved began anew.
    const written = (await runtime.getProcessor('source')).metrics?.framesOut;
    assert.ok(Number(written) >= 15_000);
    for (const link of await runtime.listLinks()) {
      assertAddsUp(link);
      assert.equal(droppedOf(link), 0, `${link.linkId} lost nothing`);
      const want = link.linkId === 'far' ? 10_000n : written;
      assert.equal(link.counters?.delivered, want, `${link.linkId} delivered all`);
    }
    await eventually(
      () => test.payloads('custom').some(({ name }) => name === 'collected'),
      'the sink tells',
    );
    const collected = test.payloads('custom').find(({ name }) => name === 'collected')?.data;
    assert.deepEqual(collected, { count: 10_000, in_order: true, whole: true, first: 0, last: 9_999 });
  });

  it('reports for lossy links exactly what they lost', async () => {
    await using test = await TestRuntime.create(MEASURED);
    const { runtime } = test;
    await addHeavyChain(test, { count: 1_000_000, delivery: 'every' });
    await runtime.start();
    await eventually(hasMoves(test), 'moves are proposed');
    const { impacts } = await runtime.replan({}, EFFECTIVE);
    assert.ok(impacts.length > 0);
    for (const { linkId, framesDropped } of impacts) {
      const { counters } = await runtime.getLink(linkId);
      assert.equal(counters?.dropped?.rewired, framesDropped, linkId);
    }
    const delivered = async () => Number((await runtime.getLink('c-sink')).counters?.delivered);
    const sofar = await delivered();
    await eventually(async () => (await delivered()) > sofar + 10, 'frames flow');
    await runtime.stop();
    for (const link of await runtime.listLinks()) assertAddsUp(link);
  });

  it('does nothing where nothing is to be gained, and needs a runtime that runs', async () => {
    await using test = await TestRuntime.create(MEASURED);
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source' });
    await assert.rejects(runtime.replan(), { code: 'NOT_RUNNING' });
    assert.deepEqual((await runtime.replan({ dryRun: true })).moves, []);
    await runtime.start();
    const { moves, unchanged, revision, impacts } = await runtime.replan({}, EFFECTIVE);
    assert.deepEqual([moves, unchanged, revision, impacts], [[], true, 1n, []]);
    await assert.rejects(runtime.replan({}, { expectedRevision: 7n }), { code: 'REVISION_MISMATCH' });
  });
});
