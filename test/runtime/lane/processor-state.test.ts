import assert from 'node:assert/strict';
import type { Checkpoint } from '../../../server/runtime/checkpoint.ts';
import type { LaneCheckpoint } from '../../../server/runtime/lane/messages.ts';
import { eventually } from '../../support/eventually.ts';
import {
  activate,
  createSharedState,
  LaneDriver,
  nextLaneIndex,
  step,
  TestLink,
} from '../../support/lane-harness.ts';

const REGISTRY = new URL('../../support/runtime-processors.ts', import.meta.url).href;

const stateOf = (count: number): Checkpoint => ({
  processorType: 'Tally',
  typeVersion: 3,
  stateJson: JSON.stringify({ count }),
});

for (const where of ['here', 'worker'] as const) {
  describe(`the state of a processor (lane ${where === 'here' ? 'on this thread' : 'in a worker'})`, () => {
    let lane: LaneDriver;

    beforeEach(() => {
      lane = new LaneDriver(where, createSharedState(), nextLaneIndex(), REGISTRY);
    });

    afterEach(async () => {
      await lane.shutDown();
    });

    const told = (id = 'tally'): LaneCheckpoint[] =>
      lane.messages
        .flatMap((message) => (message.kind === 'checkpoints' ? message.checkpoints : []))
        .filter(({ processorId }) => processorId === id);
    const restored = () => lane.published('restored').map(({ event }) => event.data);
    const hostTally = (config = {}, checkpoint?: Checkpoint) => ({
      step: 'host' as const,
      processor: lane.processor('tally', 'Tally', config, false, checkpoint),
    });
    const restartTally = (config = {}, type = 'Tally', checkpoint?: Checkpoint) => ({
      step: 'restart' as const,
      processor: lane.processor('tally', type, config, false, checkpoint),
    });

    /** Has a tally count so many frames, after which its source ends. */
    async function feed(frames: number): Promise<void> {
      const link = new TestLink('emit.data', 'tally.data_in', { delivery: 'lossless' });
      await lane.must(lane.host('emit', 'Emit', { count: frames }), link.attach());
      await lane.must(...activate('tally', 'emit'));
    }

    it('is asked for while it runs, told when it has changed, and goes to the next instance', async () => {
      await lane.must(hostTally(), ...activate('tally'));
      await eventually(() => told().length === 1, 'the first checkpoint');
      assert.deepEqual(told(), [{ processorId: 'tally', checkpoint: stateOf(0), ended: false }]);
      await lane.must(restartTally({}, 'Tally', stateOf(99)));
      await eventually(() => restored().length === 1, 'it is restored');
      // The lane's own is newer than what the runtime has.
      assert.deepEqual(restored(), [{ count: 0, processor_type: 'Tally', type_version: 3 }]);
      assert.equal(told().length, 1);
    });

    it('is what the runtime has where the lane knows of none', async () => {
      await lane.must(hostTally({}, stateOf(41)), ...activate('tally'));
      await eventually(() => restored().length === 1, 'it is restored');
      assert.deepEqual(restored(), [{ count: 41, processor_type: 'Tally', type_version: 3 }]);
    });

    it('is asked for a last time before the teardown, after the last call', async () => {
      await lane.must(hostTally({}, stateOf(41)), ...activate('tally'), step('unhost', 'tally'));
      await eventually(() => lane.published('counted').length === 1, 'it is torn down');
      assert.deepEqual(told(), []);
      await lane.must(hostTally());
      await feed(1_000_000);
      await eventually(() => lane.counts('tally').framesIn > 10, 'frames come');
      await lane.must(step('halt', 'tally'));
      await lane.must(step('unhost', 'tally'));
      await eventually(() => lane.published('counted').length === 2, 'it is torn down');
      const counted = Number(lane.published('counted')[1]?.event.data?.count);
      assert.ok(counted > 10);
      assert.deepEqual(told().at(-1), { processorId: 'tally', checkpoint: stateOf(counted), ended: false });
    });

    it('ends with a processor that has ended by its inputs', async () => {
      await lane.must(hostTally());
      await feed(4);
      await lane.reaches('tally', 'stopped');
      await eventually(() => told().at(-1)?.ended === true, 'the end is told');
      assert.equal(told().at(-1)?.checkpoint, undefined);
      assert.deepEqual(told().at(-2)?.checkpoint, stateOf(4));
      await lane.must(restartTally());
      assert.deepEqual(restored(), []);
    });

    it('is not asked for after a call that threw: the last regular one is restored', async () => {
      await lane.must(hostTally({ at: 4 }, stateOf(1)));
      await feed(3);
      await lane.reaches('tally', 'failed');
      await lane.must(restartTally());
      await eventually(() => restored().length === 2, 'it is restored again');
      const last = told().at(-1)?.checkpoint?.stateJson ?? stateOf(1).stateJson;
      assert.equal(restored()[1]?.count, JSON.parse(last).count);
      assert.ok(Number(restored()[1]?.count) < 4, 'not the one that it failed with');
    });

    it('is not asked for while a call is in flight', async () => {
      await lane.must(lane.host('slow', 'SlowTally'), ...activate('slow'));
      await eventually(() => told('slow').length >= 5, 'five checkpoints');
      await lane.must(step('checkpoint', 'slow'), step('unhost', 'slow'));
      const halves = told('slow').map(({ checkpoint }) => JSON.parse(checkpoint?.stateJson ?? '{}').halves);
      assert.deepEqual(
        halves.filter((value) => value % 2 !== 0),
        [],
      );
    });

    for (const { gives, message } of [
      { gives: 'large', message: 'checkpoint must have at most 65536 bytes, was 80021' },
      { gives: 'many', message: 'checkpoint.values[32765] must have at most 65536 bytes, was longer' },
      { gives: 'no_number', message: 'checkpoint.list[1].count must be JSON, was NaN' },
      { gives: 'class', message: 'checkpoint.when must be JSON, was Date' },
      { gives: 'promise', message: 'checkpoint must be a JSON object, was Promise' },
      {
        gives: 'circle',
        message: `checkpoint${'.self'.repeat(65)} must be at most 64 levels deep, was deeper`,
      },
      { gives: 'throw', message: 'no state today' },
    ]) {
      it(`is none where checkpoint gives ${gives}: that is logged once, and the processor runs on`, async () => {
        await lane.must(hostTally({ gives }, stateOf(5)), ...activate('tally'));
        await eventually(() => lane.counts('tally').errors > 2, 'it was asked more than once');
        assert.deepEqual(
          lane.logged().filter((line) => line.startsWith('error')),
          [`error tally no state is kept, since checkpoint failed: ${message}`],
        );
        assert.deepEqual(told(), [{ processorId: 'tally', checkpoint: undefined, ended: false }]);
        assert.deepEqual(lane.states('tally'), ['starting', 'running']);
        await lane.must(restartTally());
        assert.equal(restored().length, 1);
      });
    }

    it('is none where checkpoint gives undefined', async () => {
      await lane.must(hostTally({ gives: 'nothing' }, stateOf(5)), ...activate('tally'));
      await eventually(() => told().length === 1, 'it is told');
      assert.deepEqual(told(), [{ processorId: 'tally', checkpoint: undefined, ended: false }]);
    });

    it('is left out with a warning where restore throws', async () => {
      await lane.must(hostTally({ refuses: true }, stateOf(5)), ...activate('tally'));
      await eventually(() => told().length === 1, 'it begins anew');
      assert.deepEqual(told()[0]?.checkpoint, stateOf(0));
      assert.deepEqual(
        lane.logged().filter((line) => line.startsWith('warn')),
        ['warn tally tally begins without the state of Tally (version 3): not that one'],
      );
      assert.deepEqual(lane.states('tally'), ['starting', 'running']);
    });

    it('goes to another type, which is told who wrote it, and ends with a type that keeps none', async () => {
      await lane.must(hostTally({}, stateOf(5)), ...activate('tally'));
      await lane.must(restartTally({}, 'TallyAgain'));
      await lane.must(restartTally({}, 'TallyAgain'));
      await eventually(() => restored().length === 3, 'it is restored');
      assert.deepEqual(
        restored().map((data) => data?.processor_type),
        ['Tally', 'Tally', 'TallyAgain'],
      );
      await lane.must(restartTally({}, 'Untallied'));
      await lane.must(restartTally());
      await eventually(() => told().at(-1)?.checkpoint?.stateJson === '{"count":0}', 'it counts anew');
      assert.deepEqual(told().at(-2), { processorId: 'tally', checkpoint: undefined, ended: false });
      assert.equal(restored().length, 3);
    });
  });
}
