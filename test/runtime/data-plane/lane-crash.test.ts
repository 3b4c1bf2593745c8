import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { segment } from '../../support/lane-harness.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { SegmentAudit } from '../../support/segment-audit.ts';
import { LaneWorld, PARTS, type Part } from './support/lane-world.ts';

const KILLS = Number(process.env.STREAMLIB_TEST_KILLS ?? 200);
/** Of the pictures that rings, processors and waiting outputs hold at most, at two chunks each, and of the small frames. */
const MOST_CHUNKS = 2 * 13 + 2;
/** How many frames flow before a kill, at most. */
const FRAMES_BETWEEN = 400;

const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

describe('the crash of a lane', () => {
  it(`leaves nothing behind, ${KILLS} times over (seed ${random.seed})`, async function () {
    this.timeout(120_000);
    const audit = new SegmentAudit(segment);
    const world = new LaneWorld();
    let kills = 0;
    while (kills < KILLS) {
      await world.complete();
      const enough = world.delivered + 1 + random.below(FRAMES_BETWEEN);
      await eventually(() => world.delivered >= enough, 'frames flow');
      const victims = chooseVictims();
      await world.kill(victims);
      kills += victims.length;
      await world.pause();
      const when = `after kill ${kills} (${victims.join(', ')}; seed ${random.seed})`;
      await eventually(() => {
        audit.assertCounted(world.laneIndexes, world.ringPlaces, when);
        return true;
      }, 'every slot has the references that are there');
      assert.deepEqual(world.complaints(), [], when);
      await eventually(() => world.wrongSums().length === 0, `counters add up ${when}: ${world.wrongSums()}`);
    }
    assert.ok(world.droppedFull > 0, 'lossy links overflowed');
    await world.complete();
    await world.kill(PARTS);
    assert.equal(audit.references(), 0);
    assert.deepEqual(world.wrongSums(), []);
    assert.ok(audit.chunks <= MOST_CHUNKS, `the segment has grown to ${audit.chunks} chunks`);
  });
});

/** Mostly one lane, sometimes two or all at once. */
function chooseVictims(): Part[] {
  const first = random.pick(PARTS);
  return PARTS.filter((part) => part === first || random.next() < 0.15);
}
