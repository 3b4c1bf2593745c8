import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { accountedFor, activate, LaneDriver, TestLink } from '../../support/lane-harness.ts';

for (const where of ['here', 'worker'] as const) {
  describe(`a lane (${where === 'here' ? 'on this thread' : 'in a worker'})`, () => {
    let lane: LaneDriver;

    beforeEach(() => {
      lane = new LaneDriver(where);
    });

    afterEach(async () => {
      await lane.shutDown();
    });

    it('says that it is ready', async () => {
      await eventually(() => lane.messages.some(({ kind }) => kind === 'ready'), 'ready');
    });

    for (const delivery of ['lossless', 'every', 'latest'] as const) {
      it(`moves frames from a source through a forwarder to a sink over links of profile ${delivery}`, async () => {
        const first = new TestLink('emit.data', 'forward.data_in', { delivery, capacityFrames: 4 });
        const second = new TestLink('forward.data_out', 'collect.data', { delivery, capacityFrames: 4 });
        await lane.must(
          lane.host('emit', 'Emit', { count: 1000, per_call: 6 }),
          lane.host('forward', 'Forward'),
          lane.host('collect', 'Collect'),
          second.attach(),
          first.attach(),
          ...activate('collect', 'forward', 'emit'),
        );
        await lane.reaches('collect', 'stopped');
        await eventually(() => lane.published('collected').length === 1, 'the sink tells what it saw');
        const data = lane.published('collected')[0]?.event.data ?? {};
        assert.equal(data.in_order, true);
        assert.equal(data.whole, true);
        assert.equal(data.last, 999);
        assert.equal(data.count, second.counts.delivered);
        assert.equal(first.counts.produced, 1000);
        assert.equal(second.counts.produced, first.counts.delivered);
        for (const { counts } of [first, second]) {
          assert.equal(counts.queued + counts.inFlight, 0);
          assert.equal(counts.produced, accountedFor(counts));
        }
        assert.equal(first.counts.delivered === 1000, delivery === 'lossless');
        assert.equal(first.counts.dropped.full > 0, delivery !== 'lossless');
        assert.equal(first.counts.dropped.stale > 0, delivery === 'latest');
        assert.deepEqual(lane.states('emit'), ['starting', 'running', 'stopping', 'stopped']);
        assert.deepEqual(lane.states('forward'), ['starting', 'running', 'stopping', 'stopped']);
        assert.equal(lane.counts('forward').framesIn, first.counts.delivered);
        assert.equal(lane.counts('forward').framesOut, first.counts.delivered);
      });
    }
  });
}
