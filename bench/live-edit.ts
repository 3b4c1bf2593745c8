import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Link } from '../gen/ts/streamlib/v1/link_pb.ts';
import type { Impact } from '../gen/ts/streamlib/v1/mutation_pb.ts';
import type { StreamRuntime } from '../server/runtime/stream-runtime.ts';
import { PROCESSOR_STATES, wordOf } from '../server/runtime/vocabulary.ts';
import { RandomEdits } from '../test/support/random-edits.ts';
import { applyEdit, linksEndedBy } from '../test/support/running-edit.ts';
import { SeededRandom } from '../test/support/seeded-random.ts';
import { createBenchRuntime } from './support/bench-runtime.ts';
import type { Benchmark } from './support/benchmark.ts';
import { addUntouched, BRANCHED, UNTOUCHED } from './support/edited-graph.ts';
import { droppedByEdits, ImpactTally } from './support/impact-tally.ts';
import { assertAddsUp, dropsOf } from './support/link-account.ts';
import { disconnectQuietly } from './support/quiet-disconnect.ts';
import { collectReports, type Reports } from './support/reports.ts';
import { percentile } from './support/statistics.ts';

const DRAIN_MS = 20_000;
/** The share of the edits that is waited for; several of the others may become one commit. */
const WAITED_SHARE = 0.5;
/** The share of the edits before which frames get time to flow, and how much at most. */
const RESTED_SHARE = 0.2;
const LONGEST_REST_MS = 20;
/** The share of the links to be taken away that are brought to rest before, so that it is known what they hold. */
const QUIET_SHARE = 0.5;

/** Edits at random while frames flow, and what that costs the links that are touched and those that are not. */
export const liveEdit: Benchmark = {
  name: 'live-edit',
  measures:
    'random edits under a source of 1 kHz and a camera of 60 fps, with links beside that no edit touches',
  async run({ quick, seed = Date.now() % 1_000_000 }) {
    console.log(`  seed ${seed}`);
    await using bench = await createBenchRuntime();
    const { runtime } = bench;
    using tally = new ImpactTally(runtime);
    using reports = collectReports(runtime);
    await addUntouched(runtime);
    await runtime.start();
    const edited = await edit(runtime, {
      tally,
      random: new SeededRandom(seed),
      edits: quick ? 200 : 10_000,
    });
    await assertNoneFailed(runtime);
    const sources = await drain(runtime);
    const links = await runtime.listLinks();
    const untouched = await checkUntouched(links, reports, sources);
    const touched = links.filter((link) => !untouchedIds.has(link.linkId));
    let { unreported } = edited;
    for (const link of touched) {
      assertAddsUp(link);
      assert.equal(link.counters?.queued, 0n, `${link.linkId} was read empty`);
      unreported += unreportedDrops(link, tally);
    }
    for (const { processorId, data } of reports.all)
      assert.equal(data.disordered ?? 0, 0, `frames out of order at ${processorId}`);
    const pauses = edited.pauseMs;
    return [
      { name: 'untouched links: frames lost', value: untouched.lost, unit: 'frames', target: { atMost: 0 } },
      { name: 'untouched links: longest silence of 1 kHz', value: untouched.silenceMs, unit: 'ms' },
      {
        name: 'touched links: lost and not reported',
        value: unreported,
        unit: 'frames',
        target: { atMost: 0 },
      },
      { name: 'touched links: lost and reported', value: tally.total, unit: 'frames' },
      {
        name: 'touched links: of these in links at rest that ended',
        value: edited.knownLost,
        unit: 'frames',
      },
      { name: 'touched links checked', value: edited.linksChecked + touched.length, unit: 'links' },
      { name: 'edits', value: edited.perSecond, unit: '1/s' },
      { name: 'pause of a touched link, p50', value: percentile(pauses, 0.5), unit: 'ms' },
      { name: 'pause of a touched link, p99', value: percentile(pauses, 0.99), unit: 'ms' },
    ];
  },
};

const untouchedIds: ReadonlySet<string> = new Set(UNTOUCHED.map(({ from, to }) => `${from[0]}-${to[0]}`));

interface EditRun {
  readonly perSecond: number;
  readonly pauseMs: readonly number[];
  readonly linksChecked: number;
  readonly unreported: number;
  /** Frames in links that ended while both their ends were paused. */
  readonly knownLost: number;
}

async function edit(
  runtime: StreamRuntime,
  { tally, random, edits }: { tally: ImpactTally; random: SeededRandom; edits: number },
): Promise<EditRun> {
  const model = new RandomEdits(BRANCHED, random);
  const pauseMs: number[] = [];
  let linksChecked = 0;
  let apartMs = 0;
  let unreported = 0;
  let knownLost = 0;
  let lastRevision = 0n;
  const startedMs = performance.now();
  for (let i = 0; i < edits; i++) {
    const next = model.next();
    // Counters go with their link, so that what is to end is checked before, while no commit is under way.
    const ending = linksEndedBy(next);
    if (ending.length > 0) await tally.reached(lastRevision);
    const sinceMs = performance.now();
    for (const linkId of ending) unreported += unreportedDrops(await runtime.getLink(linkId), tally);
    linksChecked += ending.length;
    const isQuiet = next.kind === 'disconnect' && model.runs(next.fromId) && model.runs(next.toId);
    if (isQuiet && random.next() < QUIET_SHARE) {
      const pileUpMs = random.between(1, LONGEST_REST_MS);
      knownLost += await disconnectQuietly(runtime, { ...next, pileUpMs });
      apartMs += performance.now() - sinceMs;
      continue;
    }
    if (random.next() < RESTED_SHARE) await pause(random.between(1, LONGEST_REST_MS));
    apartMs += performance.now() - sinceMs;
    const wait = random.next() < WAITED_SHARE ? 'effective' : 'accepted';
    const { revision, effective, impacts } = await applyEdit(runtime, next, { wait });
    lastRevision = revision;
    if (wait === 'accepted') continue;
    assert.ok(effective, `edit ${i} is effective: ${JSON.stringify(next)}`);
    pauseMs.push(...impacts.map(pauseMsOf));
    for (const { linkId } of impacts)
      assert.ok(!untouchedIds.has(linkId), `${linkId} was touched by edit ${i}`);
  }
  const tookMs = performance.now() - startedMs - apartMs;
  await tally.reached(lastRevision);
  for (const resumed of model.resumeAll()) await applyEdit(runtime, resumed, { wait: 'effective' });
  return { perSecond: (edits / tookMs) * 1000, pauseMs, linksChecked, unreported, knownLost };
}

/** Ends the sources; when everything has arrived, answers how many frames each of them wrote. */
async function drain(runtime: StreamRuntime): Promise<ReadonlyMap<string, number>> {
  await runtime.stop({ drainTimeoutMs: DRAIN_MS });
  const sources = new Map<string, number>();
  for (const id of ['ticker', 'camera'])
    sources.set(id, Number((await runtime.getProcessor(id)).metrics?.framesOut));
  return sources;
}

async function checkUntouched(
  links: readonly Link[],
  reports: Reports,
  sources: ReadonlyMap<string, number>,
): Promise<{ lost: number; silenceMs: number }> {
  const seen = await reports.of(UNTOUCHED.map(({ to }) => to[0]));
  let lost = 0;
  let silenceUs = 0;
  for (const { from, to } of UNTOUCHED) {
    const link = links.find(({ linkId }) => linkId === `${from[0]}-${to[0]}`);
    assert.ok(link !== undefined, `${from[0]}-${to[0]} is there`);
    assertAddsUp(link);
    assert.equal(droppedByEdits(link), 0, `frames of ${link.linkId} lost by edits`);
    const { count, missing, disordered, silence_us } = seen.get(to[0]) ?? {};
    const written = sources.get(from[0]) ?? 0;
    assert.ok(written > 0, `${from[0]} wrote frames`);
    const produced = Number(link.counters?.produced);
    const delivered = Number(link.counters?.delivered);
    assert.deepEqual(
      { produced, delivered, disordered, missing },
      { produced: written, delivered: Number(count), disordered: 0, missing: produced - delivered },
      `frames of ${link.linkId}`,
    );
    lost += produced - delivered;
    if (from[0] === 'ticker') silenceUs = Math.max(silenceUs, Number(silence_us));
  }
  return { lost, silenceMs: silenceUs / 1000 };
}

/** How many frames a link dropped because of edits that they did not report. Throws unless there are none. */
function unreportedDrops(link: Link, tally: ImpactTally): number {
  const dropped = droppedByEdits(link);
  const reported = tally.reportedOf(link.linkId);
  const reasons = JSON.stringify(dropsOf(link));
  assert.equal(dropped, reported, `${link.linkId}: dropped by edits, and reported; all drops: ${reasons}`);
  return dropped - reported;
}

async function assertNoneFailed(runtime: StreamRuntime): Promise<void> {
  for (const { processorId, state, error } of await runtime.listProcessors())
    assert.equal(
      wordOf(PROCESSOR_STATES, state),
      'running',
      `state of ${processorId}: ${error?.message ?? ''}`,
    );
}

const pauseMsOf = ({ pause }: Impact): number =>
  Number(pause?.seconds ?? 0n) * 1000 + (pause?.nanos ?? 0) / 1e6;
