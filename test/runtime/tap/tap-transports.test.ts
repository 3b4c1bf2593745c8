import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { assertSkipsCounted, sequenceOf, takeFrames } from '../../support/tap-sights.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;

/** `source` counts up and `sink` reads; `middle` passes on between them where there is one. */
async function addChain(
  { runtime }: TestRuntime,
  { lanes, perCall = 1 }: { lanes: readonly string[]; perCall?: number },
): Promise<void> {
  const [first, second = first, third = second] = lanes as [string, ...string[]];
  const config = { per_call: perCall };
  await runtime.addProcessor({ type: 'Emit', id: 'source', config, placement: { lane: first } });
  await runtime.addProcessor({ type: 'Forward', id: 'middle', placement: { lane: second } });
  await runtime.addProcessor({ type: 'NullSink', id: 'sink', placement: { lane: third } });
  await runtime.connect(outputPort('source', 'data'), inputPort('middle', 'data_in'), {
    id: 'first',
    delivery: 'lossless',
  });
  await runtime.connect(outputPort('middle', 'data_out'), inputPort('sink', 'data'), {
    id: 'second',
    delivery: 'lossless',
  });
}

const producedBy = async ({ runtime }: TestRuntime, linkId: string): Promise<number> =>
  Number((await runtime.getLink(linkId)).counters?.produced ?? 0);

describe('a tap', () => {
  for (const { what, lanes } of [
    { what: 'inside a turn of several processors', lanes: ['a'] },
    { what: 'between two lanes', lanes: ['a', 'b', 'c'] },
  ]) {
    it(`shows frames of a link ${what} at its rate and counts the others`, async () => {
      await using test = await TestRuntime.create();
      const { runtime } = test;
      await addChain(test, { lanes, perCall: 8 });
      await runtime.start();
      using first = await runtime.taps.open('first', { maxRate: 200 });
      using second = await runtime.taps.open('second', { maxRate: 200 });
      assert.equal(first.frameType, 'DataFrame');
      const startedMs = performance.now();
      const [firstFrames, secondFrames] = await Promise.all([
        takeFrames(first, 100),
        takeFrames(second, 100),
      ]);
      const tookMs = performance.now() - startedMs;

      // 20 of them at once, and the others every 5 ms.
      assert.ok(tookMs > 350, `100 frames took ${tookMs} ms`);
      assertSkipsCounted(firstFrames);
      assertSkipsCounted(secondFrames);
      const skipped = firstFrames.reduce((sum, frame) => sum + frame.skipped, 0);
      assert.ok(skipped > 1_000, `${skipped} frames were skipped`);

      await runtime.pause();
      for (const linkId of ['first', 'second']) assertAddsUp(await runtime.getLink(linkId));
    });
  }

  it('shows every frame of a link that is slower than its rate', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await runtime.addProcessor({
      type: 'DataSineGenerator',
      id: 'source',
      config: { samples: 1, sample_rate_hz: 100, frequency_hz: 1 },
    });
    await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'line' });
    await runtime.start();
    using tap = await runtime.taps.open('line', { maxRate: 200 });
    const sequences = (await takeFrames(tap, 30)).map(sequenceOf);
    assert.deepEqual(
      sequences,
      sequences.map((_, i) => (sequences[0] as number) + i),
    );
  });

  it('goes on when its link is moved between lanes, re-wired, stopped and started', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await addChain(test, { lanes: ['a'] });
    using tap = await runtime.taps.open('second', { maxRate: 1000 });
    await runtime.start();
    await takeFrames(tap, 5);
    for (const lane of ['b', 'a', 'c']) {
      await runtime.updateProcessor('sink', { placement: { lane } }, EFFECTIVE);
      await takeFrames(tap, 200);
      await runtime.updateProcessor('middle', { placement: { lane } }, EFFECTIVE);
      await takeFrames(tap, 200);
    }
    await runtime.updateLink('second', { delivery: 'lossless', capacityFrames: 4 }, EFFECTIVE);
    await takeFrames(tap, 200);
    await runtime.restartProcessor('middle', EFFECTIVE);
    await takeFrames(tap, 200);
    await runtime.stop();
    await runtime.start();
    // What waited for its observer, and more.
    await takeFrames(tap, 200);
    await runtime.pause();
    assertAddsUp(await runtime.getLink('second'));
  });

  it('shows nothing while the runtime is paused, and no frame as skipped that was not written', async () => {
    await using test = await TestRuntime.create();
    const { runtime } = test;
    await addChain(test, { lanes: ['a', 'b'] });
    await runtime.start();
    using tap = await runtime.taps.open('first', { maxRate: 50 });
    const before = await takeFrames(tap, 5);
    await runtime.pause();
    const producedBefore = await producedBy(test, 'first');
    await runtime.resume();
    await eventually(async () => (await producedBy(test, 'first')) > producedBefore, 'frames flow');
    assertSkipsCounted([...before, ...(await takeFrames(tap, 10))]);
  });
});
