import assert from 'node:assert/strict';
import { SegmentBurial } from '../../../server/runtime/commit/segment-burial.ts';
import { eventually } from '../../support/eventually.ts';
import {
  accountedFor,
  activate,
  createSharedState,
  LaneDriver,
  segment,
  step,
  TestLink,
} from '../../support/lane-harness.ts';

describe('two lanes and a ring between them', () => {
  let first: LaneDriver;
  let second: LaneDriver;
  let lanes: [number, number];

  beforeEach(() => {
    const shared = createSharedState();
    first = new LaneDriver('worker', shared);
    second = new LaneDriver('worker', shared);
    lanes = [first.laneIndex, second.laneIndex];
  });

  afterEach(async () => {
    await first.terminate();
    await second.terminate();
  });

  /** As the runtime does with a lane that has ended and a link that no lane has an end of any more. */
  function bury(lane: LaneDriver, link: TestLink): void {
    const burial = new SegmentBurial(segment);
    burial.buryLane(lane.laneIndex);
    burial.buryRings(link.rings.splice(0));
    link.counters.reconcileLaneLost();
  }

  async function connect(link: TestLink, emit: object, collect: object, paused = false): Promise<void> {
    await first.must(first.host('emit', 'Emit', { ...emit }));
    await second.must(second.host('collect', 'Collect', { ...collect }, paused));
    await second.must(link.attach('to'), ...activate('collect'));
    await first.must(link.attach('from'), ...activate('emit'));
  }

  for (const { delivery, capacityFrames, channelLength } of [
    { delivery: 'lossless', capacityFrames: 64, channelLength: 1 },
    { delivery: 'lossless', capacityFrames: 3, channelLength: 200 },
    { delivery: 'every', capacityFrames: 64, channelLength: 1 },
    { delivery: 'every', capacityFrames: 2, channelLength: 200 },
    { delivery: 'latest', capacityFrames: 16, channelLength: 3 },
  ] as const) {
    it(`pass 100,000 frames in order, whole and accounted for: ${delivery}, ${capacityFrames} frames`, async () => {
      const link = new TestLink('emit.data', 'collect.data', { delivery, capacityFrames, lanes });
      await connect(link, { count: 100_000, per_call: 50, channel_length: channelLength }, {});
      await eventually(() => second.published('collected').length === 1, 'the sink has ended', 25_000);
      const data = second.published('collected')[0]?.event.data ?? {};
      assert.equal(data.in_order, true);
      assert.equal(data.whole, true);
      assert.equal(data.last, 99_999);
      const { counts } = link;
      assert.equal(counts.produced, 100_000);
      assert.equal(counts.delivered, data.count);
      assert.equal(counts.inFlight + counts.queued, 0);
      assert.equal(counts.produced, accountedFor(counts));
      assert.equal(delivery !== 'lossless' || data.count === 100_000, true);
    });
  }

  it('count what a pause costs', async () => {
    const link = new TestLink('emit.data', 'collect.data', { capacityFrames: 10, lanes });
    await connect(link, { count: 1000 }, {}, true);
    await first.reaches('emit', 'stopped');
    assert.equal(link.counts.queued, 10);
    assert.equal(link.counts.dropped.paused, 990);
    await second.must(step('resume', 'collect'));
    await second.reaches('collect', 'stopped');
    assert.equal(link.counts.delivered, 10);
  });

  it('change profile and capacity without losing or swapping a frame', async () => {
    const options = { delivery: 'lossless' as const, capacityFrames: 8, lanes };
    const link = new TestLink('emit.data', 'collect.data', options);
    await connect(link, { count: 20_000, per_call: 5 }, {});
    for (const capacityFrames of [1, 100, 2, 30]) {
      const before = link.counts.delivered;
      await eventually(() => link.counts.delivered > before, 'frames flow');
      link.change('lossless', capacityFrames);
      await second.must(link.update('to'));
      await first.must(link.update('from'));
    }
    await eventually(() => second.published('collected').length === 1, 'the sink has ended');
    const data = second.published('collected')[0]?.event.data;
    assert.deepEqual(data, { count: 20_000, in_order: true, whole: true, first: 0, last: 19_999 });
    assert.equal(link.counts.produced, accountedFor(link.counts));
  });

  it('hold a lossless producer back for as long as the consumer is paused', async () => {
    const options = { delivery: 'lossless' as const, capacityFrames: 4, lanes };
    const link = new TestLink('emit.data', 'collect.data', options);
    await connect(link, { count: 500, per_call: 3 }, {}, true);
    await eventually(() => link.counts.queued === 4, 'the link is full');
    await second.must(step('resume', 'collect'));
    await second.reaches('collect', 'stopped');
    assert.equal(link.counts.delivered, 500);
    assert.equal(
      Object.values(link.counts.dropped).every((count) => count === 0),
      true,
    );
  });

  it('add up after the ends were detached in either order', async () => {
    for (const order of ['from first', 'to first']) {
      const link = new TestLink('emit.data', 'collect.data', { capacityFrames: 10, lanes });
      await connect(link, {}, {}, true);
      await eventually(() => link.counts.dropped.paused > 0, 'the link overflows');
      const detach = [() => first.must(link.detach('from')), () => second.must(link.detach('to'))];
      for (const end of order === 'from first' ? detach : detach.reverse()) await end();
      const { counts } = link;
      assert.equal(counts.queued + counts.inFlight, 0);
      assert.equal(counts.dropped.rewired > 0, true);
      assert.equal(counts.produced, accountedFor(counts));
      await first.must(step('unhost', 'emit'));
      await second.must(step('unhost', 'collect'));
    }
  });

  for (const lost of ['consumer', 'producer'] as const) {
    it(`add up after the ${lost}'s lane was terminated`, async () => {
      const link = new TestLink('emit.data', 'collect.data', { capacityFrames: 10, lanes });
      await connect(link, { per_call: 20 }, {});
      await eventually(() => link.counts.delivered > 100, 'frames flow');
      await (lost === 'consumer' ? second : first).terminate();
      if (lost === 'consumer') await first.must(link.detach('from', 'lane_lost'));
      else await second.must(link.detach('to', 'lane_lost'));
      bury(lost === 'consumer' ? second : first, link);
      const { counts } = link;
      assert.equal(counts.queued + counts.inFlight, 0);
      assert.equal(counts.produced, accountedFor(counts));
    });
  }

  it('end when told to, with their last words, whatever a processor left open', async () => {
    await first.must(first.host('bad', 'Thrower', { in: 'nothing' }), ...activate('bad'));
    await first.shutDown();
    assert.equal(first.published('torn_down').length, 1);
    assert.deepEqual(first.states('bad'), ['starting', 'running', 'stopping', 'stopped']);
  });

  it('are not stopped by a processor that never returns, save in its own lane', async () => {
    await first.must(first.host('looper', 'Looper'), ...activate('looper'));
    await second.must(second.host('emit', 'Emit', { count: 10 }), ...activate('emit'));
    await second.reaches('emit', 'stopped');
    await first.terminate();
  });
});
