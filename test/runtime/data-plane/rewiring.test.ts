import assert from 'node:assert/strict';
import type { Link } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { LANE_LIMIT } from '../../../native/index.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { Outcome } from '../../../server/runtime/operations.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp, droppedOf } from '../../support/link-sums.ts';
import { RandomEdits } from '../../support/random-edits.ts';
import { applyEdit } from '../../support/running-edit.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';
import { addWitness, auditWitnessed, CRASH_REGISTRY } from '../../support/witnessed-segment.ts';
import { EDITED } from './support/edited-graph.ts';

const EDITS = Number(process.env.STREAMLIB_TEST_EDITS ?? 500);
/** After so many edits the links that nobody touches must have gone on. */
const EDITS_PER_LOOK = 20;
const ALL_LANES = Array.from({ length: LANE_LIMIT }, (_, index) => index);
const EFFECTIVE = { wait: 'effective' } as const;

const random = SeededRandom.fromEnvironment('STREAMLIB_TEST_SEED');

/** Chains that no edit touches: within a lane, between lanes, to and from the runtime's own thread. */
const CHAINS = [
  ['one', 'one', 'one'],
  ['one', 'two', 'three'],
  ['three', 'main', 'two'],
] as const;

async function addChains({ runtime }: TestRuntime): Promise<void> {
  for (const [i, [source, middle, sink]] of CHAINS.entries()) {
    await runtime.addProcessor({ type: 'Emit', id: `source-${i}`, placement: { lane: source } });
    await runtime.addProcessor({ type: 'Forward', id: `middle-${i}`, placement: { lane: middle } });
    const config = { topic: `chain-${i}` };
    await runtime.addProcessor({ type: 'Collect', id: `sink-${i}`, config, placement: { lane: sink } });
    const delivery = 'lossless';
    const [from, through, to] = [`source-${i}`, `middle-${i}`, `sink-${i}`];
    await runtime.connect(outputPort(from, 'data'), inputPort(through, 'data_in'), {
      id: `in-${i}`,
      delivery,
    });
    await runtime.connect(outputPort(through, 'data_out'), inputPort(to, 'data'), {
      id: `out-${i}`,
      delivery,
    });
  }
}

const isOfChain = ({ linkId }: Link): boolean => /^(in|out)-/.test(linkId);

/** What an edit dropped on each link that is still there, by the links' own counters. */
function rewiredBetween(before: readonly Link[], after: readonly Link[]): Record<string, bigint> {
  const rewired = (link: Link | undefined) => link?.counters?.dropped?.rewired ?? 0n;
  const were = new Map(before.map((link) => [link.linkId, link]));
  return Object.fromEntries(
    after.map((link) => [link.linkId, rewired(link) - rewired(were.get(link.linkId))]),
  );
}

/** What an edit said that it dropped on each of these links. */
function reportedOn(links: readonly Link[], { impacts }: Outcome): Record<string, bigint> {
  const reported = new Map(impacts.map(({ linkId, framesDropped }) => [linkId, framesDropped]));
  return Object.fromEntries(links.map(({ linkId }) => [linkId, reported.get(linkId) ?? 0n]));
}

const collected = (test: TestRuntime, topic: string) =>
  test.events.flatMap((event) =>
    event.topic === topic && event.payload.case === 'custom' && event.payload.value.name === 'collected'
      ? [event.payload.value.data]
      : [],
  );

describe('rewiring', () => {
  it('drops what is in the ring, and keeps what waits at the producer for a full link', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    const source = { type: 'Emit', id: 'source', config: { per_call: 6 }, placement: { lane: 'one' } };
    await runtime.addProcessor(source);
    const sink = { type: 'Collect', id: 'sink', config: { topic: 'kept' }, placement: { lane: 'two' } };
    await runtime.addProcessor({ ...sink, paused: true });
    const request = { id: 'link', delivery: 'lossless', capacityFrames: 4 } as const;
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), request);
    await runtime.start();
    const isFull = async () => (await runtime.getLink('link')).counters?.queued === 4n;
    await eventually(isFull, 'the link is full');
    const value = { processorId: 'sink', placement: { lane: 'three' } };
    const { outcome } = await runtime.execute({ case: 'updateProcessor', value }, EFFECTIVE);
    assert.deepEqual(
      outcome?.impacts.map(({ linkId, framesDropped }) => [linkId, framesDropped]),
      [['link', 4n]],
    );
    assert.equal((await runtime.getLink('link')).counters?.dropped?.rewired, 4n);
    await runtime.pauseProcessor('source', EFFECTIVE);
    await runtime.resumeProcessor('sink', EFFECTIVE);
    await eventually(async () => {
      const { counters } = await runtime.getLink('link');
      const { produced = 0n, delivered = 0n } = counters ?? {};
      return produced > 4n && produced % 6n === 0n && produced === delivered + 4n;
    }, 'all of the last call is delivered');
    const produced = Number((await runtime.getLink('link')).counters?.produced);
    await runtime.stop();
    await eventually(() => collected(test, 'kept').length === 2, 'the sink tells, before and after its move');
    assert.deepEqual(collected(test, 'kept'), [
      { count: 0, in_order: true, whole: true, first: -1, last: -1 },
      { count: produced - 4, in_order: true, whole: true, first: 4, last: produced - 1 },
    ]);
  });
});

describe('random rewiring', () => {
  it(`costs what is reported, and nothing else: ${EDITS} edits (seed ${random.seed})`, async function () {
    this.timeout(60_000 + EDITS * 100);
    await using test = await TestRuntime.create({ registries: [...TEST_REGISTRIES, CRASH_REGISTRY] });
    const { runtime } = test;
    await addChains(test);
    await runtime.addProcessor({ type: 'CrashSource', id: 'witnessed', placement: { lane: 'two' } });
    await addWitness(test, outputPort('witnessed', 'data'));
    await runtime.start();
    const audit = await auditWitnessed();
    await runtime.pauseProcessor('witnessed', EFFECTIVE);
    const edits = new RandomEdits(EDITED, random);
    const history: string[] = [];
    let looked = 0n;
    for (let done = 1; done <= EDITS; done++) {
      const before = await runtime.listLinks();
      const edit = edits.next();
      history.push(JSON.stringify(edit));
      const when = `seed ${random.seed}, edit ${done}: ${history.slice(-8).join('; ')}`;
      const outcome = await applyEdit(runtime, edit, EFFECTIVE);
      assert.equal(outcome.effective || outcome.unchanged, true, when);
      const after = await runtime.listLinks();
      assert.deepEqual(rewiredBetween(before, after), reportedOn(after, outcome), when);
      const untouched = after.filter((link) => isOfChain(link));
      for (const link of untouched) assert.equal(droppedOf(link), 0, `${link.linkId}, ${when}`);
      if (done % EDITS_PER_LOOK > 0) continue;
      const delivered = async () => {
        const ofAll = (await runtime.listLinks()).filter((link) => isOfChain(link));
        return ofAll.reduce((least, { counters }) => min(least, counters?.delivered ?? 0n), 2n ** 62n);
      };
      await eventually(async () => (await delivered()) > looked, `the other links go on, ${when}`);
      looked = await delivered();
    }
    await comeToRest(test, edits);
    audit.assertCounted(ALL_LANES, [], `after all edits (seed ${random.seed})`);
    const links = await runtime.listLinks();
    await runtime.stop();
    await eventually(() => CHAINS.every((_, i) => collected(test, `chain-${i}`).length === 1), 'all tell');
    for (const i of CHAINS.keys()) {
      const produced = Number(links.find(({ linkId }) => linkId === `in-${i}`)?.counters?.produced);
      assert.deepEqual(collected(test, `chain-${i}`), [
        { count: produced, in_order: true, whole: true, first: 0, last: produced - 1 },
      ]);
    }
    for (const tale of collected(test, 'test')) assert.equal(tale?.whole, true);
    for (const link of await runtime.listLinks()) assertAddsUp(link);
    assert.equal(audit.references(), 0);
  });
});

const min = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** Pauses every source, lets all else run, and asserts that the counters add up when nothing moves any more. */
async function comeToRest({ runtime }: TestRuntime, edits: RandomEdits): Promise<void> {
  for (const edit of edits.resumeAll()) await applyEdit(runtime, edit, EFFECTIVE);
  const sources = [...edits.idsOf('Emit'), ...CHAINS.map((_, i) => `source-${i}`)];
  for (const id of sources) await runtime.pauseProcessor(id, EFFECTIVE);
  await eventually(async () => {
    for (const link of await runtime.listLinks()) {
      assertAddsUp(link);
      assert.equal(link.counters?.queued, 0n, `${link.linkId} is empty`);
    }
    return true;
  }, `every link is at rest (seed ${random.seed})`);
}
