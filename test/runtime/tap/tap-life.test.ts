import assert from 'node:assert/strict';
import { LANE_LIMIT } from '../../../native/index.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import type { LinkTap } from '../../../server/runtime/index.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { assertSkipsCounted, endOf, takeFrames } from '../../support/tap-sights.ts';
import { TEST_REGISTRIES, TestRuntime } from '../../support/test-runtime.ts';
import { addWitness, auditWitnessed, CRASH_REGISTRY } from '../../support/witnessed-segment.ts';

const LOOKER = new URL('../../support/tap-looker.ts', import.meta.url).href;
const ALL_LANES = Array.from({ length: LANE_LIMIT }, (_, index) => index);
const MOST_TAPS = 64;
/** What is on its way to an observer at most. */
const MOST_FRAMES = 64;

/** `source` counts up in lane `a`; `sink` reads in lane `b`. */
async function start(options = {}): Promise<TestRuntime> {
  const test = await TestRuntime.create(options);
  const { runtime } = test;
  await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'a' } });
  await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: 'b' } });
  await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'line' });
  await runtime.start();
  return test;
}

const rejectsWith = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

describe('the life of a tap', () => {
  it('has several side by side, each with its own rate', async () => {
    await using test = await start();
    const { taps } = test.runtime;
    using fast = await taps.open('line', { maxRate: 1000 });
    using slow = await taps.open('line', { maxRate: 5 });
    const [fastFrames, slowFrames] = await Promise.all([takeFrames(fast, 300), takeFrames(slow, 3)]);
    assertSkipsCounted(fastFrames);
    assertSkipsCounted(slowFrames);
    const skippedByFast = fastFrames.reduce((sum, { skipped }) => sum + skipped, 0);
    const skippedBySlow = slowFrames.reduce((sum, { skipped }) => sum + skipped, 0);
    assert.ok(skippedByFast / 300 < skippedBySlow / 3, `${skippedByFast} in 300, ${skippedBySlow} in 3`);
  });

  it('keeps a bounded number of frames for an observer who does not come for them, and counts the rest', async () => {
    await using test = await start();
    const { runtime } = test;
    using tap = await runtime.taps.open('line', { maxRate: 1000 });
    await takeFrames(tap, 1);
    const before = Number((await runtime.getLink('line')).counters?.produced);
    const isFarAhead = async () =>
      Number((await runtime.getLink('line')).counters?.produced) > before + 4_000;
    await eventually(isFarAhead, 'far more frames flow than may wait');
    const frames = await takeFrames(tap, 200);
    assertSkipsCounted(frames);
    const firstHole = frames.findIndex(({ skipped }) => skipped > 3_000);
    assert.ok(firstHole >= 0 && firstHole <= MOST_FRAMES + 1, `the hole is before frame ${firstHole}`);
  });

  it('refuses unknown links, wrong limits, and more than there may be', async () => {
    await using test = await start();
    const { taps } = test.runtime;
    await assert.rejects(taps.open('nothing'), rejectsWith('LINK_NOT_FOUND'));
    for (const options of [
      { maxRate: 0 },
      { maxRate: -1 },
      { maxRate: Number.NaN },
      { maxRate: Number.POSITIVE_INFINITY },
      { maxBytes: 0 },
      { maxBytes: 1.5 },
      { maxBytes: 4_000_001 },
    ])
      await assert.rejects(taps.open('line', options), rejectsWith('FIELD_INVALID'), JSON.stringify(options));
    const open: LinkTap[] = [];
    for (let i = 0; i < MOST_TAPS; i++) open.push(await taps.open('line'));
    await assert.rejects(taps.open('line'), rejectsWith('QUOTA'));
    open.pop()?.[Symbol.dispose]();
    open.push(await taps.open('line'));
    for (const tap of open) tap[Symbol.dispose]();
  });

  it('shows nothing more once it is closed, and the link adds up as if nobody had looked', async () => {
    await using test = await start();
    const { runtime } = test;
    const tap = await runtime.taps.open('line', { maxRate: 1000 });
    await takeFrames(tap, 100);
    tap[Symbol.dispose]();
    assert.deepEqual(await tap.next(), { kind: 'end', reason: 'closed' });
    await runtime.pause();
    assertAddsUp(await runtime.getLink('line'));
  });

  it('ends with the link, with its processors, and with the runtime', async () => {
    await using test = await start();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'NullSink', id: 'other' });
    await runtime.connect(outputPort('source', 'data'), inputPort('other', 'data'), { id: 'second' });
    using line = await runtime.taps.open('line');
    using second = await runtime.taps.open('second');
    await runtime.removeProcessor('sink');
    assert.equal(await endOf(line), 'link_removed');
    await takeFrames(second, 5);
    await runtime.disconnect('second');
    assert.equal(await endOf(second), 'link_removed');
    await runtime.connect(outputPort('source', 'data'), inputPort('other', 'data'), { id: 'third' });
    using third = await runtime.taps.open('third');
    await runtime.close();
    assert.equal(await endOf(third), 'shutdown');
  });

  it('goes on behind the loss of the lane that writes its link', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({ type: 'Emit', id: 'source', placement: { lane: 'a' } });
    const config = { at: 1_000, happens: 'exit' };
    await runtime.addProcessor({ type: 'Tally', id: 'middle', config, placement: { lane: 'b' } });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: 'c' } });
    await runtime.connect(outputPort('source', 'data'), inputPort('middle', 'data_in'), { id: 'first' });
    await runtime.connect(outputPort('middle', 'data_out'), inputPort('sink', 'data'), { id: 'second' });
    using first = await runtime.taps.open('first', { maxRate: 1000 });
    using second = await runtime.taps.open('second', { maxRate: 1000 });
    await runtime.start();
    await Promise.all([takeFrames(first, 100), takeFrames(second, 100)]);
    await test.until('middle', 'failed');
    assertSkipsCounted(await takeFrames(first, 100));
    await runtime.updateProcessor('middle', { config: { at: 0 } });
    await runtime.restartProcessor('middle', { wait: 'effective' });
    await Promise.all([takeFrames(first, 200), takeFrames(second, 200)]);
    await runtime.pause();
    for (const linkId of ['first', 'second']) assertAddsUp(await runtime.getLink(linkId));
  });

  it('leaves nothing behind in shared memory when lanes at its link crash', async () => {
    await using test = await TestRuntime.create({ registries: [CRASH_REGISTRY], unresponsiveMs: 50 });
    const { runtime } = test;
    const placement = { lane: 'dedicated' };
    await runtime.addProcessor({ type: 'CrashSource', id: 'source', placement });
    await runtime.addProcessor({ type: 'CrashSink', id: 'sink', placement });
    await addWitness(test, outputPort('source', 'data'));
    await runtime.start();
    const audit = await auditWitnessed();
    for (let round = 0; round < 4; round++) {
      const config = { end: 'exit', after: 100 + 50 * round };
      const lost = test.payloads('laneLost').length;
      await runtime.addProcessor({ type: 'CrashHolder', id: 'victim', config, placement });
      const links = [
        [outputPort('victim', 'data_out'), inputPort('sink', 'data')],
        [outputPort('victim', 'picture_out'), inputPort('sink', 'picture')],
        [outputPort('source', 'picture'), inputPort('victim', 'picture_in')],
        [outputPort('source', 'data'), inputPort('victim', 'data_in')],
      ] as const;
      const taps: LinkTap[] = [];
      for (const [from, to] of links) {
        const { linkId } = await runtime.connect(from, to);
        taps.push(await runtime.taps.open(linkId, { maxRate: 1000, maxBytes: 1_000_000 }));
      }
      await eventually(() => test.payloads('laneLost').length > lost, 'the lane has ended');
      await runtime.pauseProcessor('source', { wait: 'effective' });
      await runtime.removeProcessor('victim', { wait: 'effective' });
      await eventually(async () => {
        for (const link of await runtime.listLinks()) {
          assertAddsUp(link);
          assert.equal(link.counters?.queued, 0n);
        }
        audit.assertCounted(ALL_LANES, [], `after round ${round}`);
        return true;
      }, `everything is given back after round ${round}`);
      for (const tap of taps) assert.equal(await endOf(tap), 'link_removed');
      await runtime.resumeProcessor('source', { wait: 'effective' });
    }
    await runtime.stop();
    await eventually(() => audit.references() === 0, 'nothing is held');
  });

  it('ends with the processor that opened it, and with the lane of that', async () => {
    await using test = await start({ registries: [...TEST_REGISTRIES, LOOKER] });
    const { runtime } = test;
    const looked = () => test.payloads('custom').filter(({ name }) => name === 'looked').length;
    for (const [i, exits] of [false, true].entries()) {
      const config = { link_id: 'line', taps: MOST_TAPS, exits };
      await runtime.addProcessor({ type: 'TapLooker', id: 'looker', config });
      await eventually(() => looked() === i + 1, 'it has taken frames');
      if (exits) await test.until('looker', 'failed');
      else await assert.rejects(runtime.taps.open('line'), rejectsWith('QUOTA'));
      await runtime.removeProcessor('looker', { wait: 'effective' });
      // Nobody has any but this one.
      await eventually(async () => {
        using tap = await runtime.taps.open('line');
        await takeFrames(tap, 1);
        return true;
      }, 'its taps are gone');
    }
  });
});
