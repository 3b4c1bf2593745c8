import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { assertAddsUp, droppedOf } from '../../support/link-sums.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

const REGISTRY = new URL('../../support/counting-processors.ts', import.meta.url).href;
const FRAMES = 100_000;
/**
 * How much longer it may take on a link on which both lanes sleep for nearly every frame: about 10 times was measured.
 * A wake-up that is lost costs the 100 ms after which a lane looks by itself, as much as all frames of a deep link.
 */
const MOST_RATIO = 100;

/** How long frames take from one lane to another, milliseconds for all of them. */
async function passAll(capacityFrames: number): Promise<number> {
  await using test = await TestRuntime.create({ registries: [REGISTRY] });
  const { runtime } = test;
  const source = { type: 'FastSource', id: 'source', config: { count: FRAMES } };
  await runtime.addProcessor({ ...source, placement: { lane: 'one' } });
  await runtime.addProcessor({ type: 'FastSink', id: 'sink', placement: { lane: 'two' } });
  const request = { id: 'link', delivery: 'lossless', capacityFrames } as const;
  await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'any'), request);
  const ended = runtime.ended();
  await runtime.start();
  const startedMs = performance.now();
  await ended;
  const tookMs = performance.now() - startedMs;
  const link = await runtime.getLink('link');
  assert.equal(Number(link.counters?.delivered), FRAMES);
  assert.equal(droppedOf(link), 0);
  assertAddsUp(link);
  return tookMs;
}

describe('two lanes that sleep at both ends of a lossless link', () => {
  let deepMs = 0;

  before(async function () {
    this.timeout(60_000);
    deepMs = await passAll(1_024);
  });

  for (const capacityFrames of [1, 2]) {
    it(`lose no wake-up: ${FRAMES} frames through a capacity of ${capacityFrames}`, async function () {
      this.timeout(120_000);
      const tookMs = await passAll(capacityFrames);
      assert.ok(tookMs < MOST_RATIO * deepMs, `took ${tookMs} ms, with a capacity of 1,024 ${deepMs} ms`);
    });
  }
});
