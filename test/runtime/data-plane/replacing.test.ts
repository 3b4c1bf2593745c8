import assert from 'node:assert/strict';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { DELIVERIES, type Delivery, wordOf } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { assertAddsUp, droppedOf } from '../../support/link-sums.ts';
import type { TestRuntime } from '../../support/test-runtime.ts';
import { createFallibleRuntime, rejectionOf } from '../rollback/support/rollback-runtime.ts';

const EFFECTIVE = { wait: 'effective' } as const;
const ROLLBACK = { wait: 'effective', onFailure: 'rollback' } as const;
const FRAMES = 6;

interface Chain {
  readonly type: string;
  readonly lanes: readonly [source: string, middle: string];
  /** Of the link in front of `middle`; undefined leaves it to the port. */
  readonly delivery: Delivery | undefined;
  readonly frames?: number;
}

/** `source -in-> middle -out-> sink`: a source that ends, and a sink that tells what it saw. */
async function addChain({ runtime }: TestRuntime, chain: Chain, paused: boolean): Promise<void> {
  const { type, lanes, delivery, frames = FRAMES } = chain;
  const [source, middle] = lanes;
  const config = { count: frames };
  await runtime.addProcessor({ type: 'Emit', id: 'source', config, placement: { lane: source } });
  await runtime.addProcessor({ type, id: 'middle', paused, placement: { lane: middle } });
  await runtime.addProcessor({ type: 'Collect', id: 'sink', placement: { lane: 'three' } });
  const request = { id: 'in', ...(delivery && { delivery }), capacityFrames: 16 };
  await runtime.connect(outputPort('source', 'data'), inputPort('middle', 'data_in'), request);
  const lossless = { id: 'out', delivery: 'lossless' } as const;
  await runtime.connect(outputPort('middle', 'data_out'), inputPort('sink', 'data'), lossless);
}

const queuedAt = async ({ runtime }: TestRuntime, id: string) =>
  Number((await runtime.getLink(id)).counters?.queued);

/** Starts the runtime and waits until all that the source makes is in front of the paused processor. */
async function fillUp(test: TestRuntime): Promise<void> {
  await test.runtime.start();
  await eventually(async () => (await queuedAt(test, 'in')) === FRAMES, 'all frames wait');
}

const replace = (
  { runtime }: TestRuntime,
  processorType: string,
  options: typeof EFFECTIVE | typeof ROLLBACK,
) => runtime.execute({ case: 'replaceProcessor', value: { processorId: 'middle', processorType } }, options);

/** Lets the processor go on and asserts that the sink gets everything, in order, until its end. */
async function assertAllArrive(test: TestRuntime, frames = FRAMES): Promise<void> {
  const { runtime } = test;
  await test.until('sink', 'stopped');
  for (const link of await runtime.listLinks()) {
    assert.equal(droppedOf(link), 0, link.linkId);
    assertAddsUp(link);
  }
  const collected = () =>
    test.payloads('custom').flatMap(({ name, data }) => (name === 'collected' ? [data] : []));
  await eventually(() => collected().length === 1, 'the sink tells');
  assert.deepEqual(collected(), [{ count: frames, in_order: true, whole: true, first: 0, last: frames - 1 }]);
}

describe('a processor that takes the place of another', () => {
  for (const [where, lanes] of [
    ['between lanes', ['one', 'two']],
    ['inside a lane', ['one', 'one']],
    ['on the main thread', ['one', 'main']],
  ] as const) {
    for (const delivery of ['every', 'lossless'] as const) {
      it(`gets what waits in a link ${where} of delivery ${delivery}`, async () => {
        await using test = await createFallibleRuntime();
        await addChain(test, { type: 'Forward', lanes, delivery }, true);
        await fillUp(test);
        const { outcome } = await replace(test, 'Busy', EFFECTIVE);
        assert.deepEqual(
          outcome?.impacts.map(({ linkId, framesDropped }) => [linkId, framesDropped]).sort(),
          [
            ['in', 0n],
            ['out', 0n],
          ],
        );
        assert.equal(await queuedAt(test, 'in'), FRAMES);
        await test.runtime.resumeProcessor('middle', EFFECTIVE);
        await assertAllArrive(test);
      });
    }
  }

  it('gets it in a lane of its own as well, although its calls return promises as those of the old one did', async () => {
    await using test = await createFallibleRuntime();
    await addChain(test, { type: 'Fallible', lanes: ['one', 'dedicated'], delivery: 'every' }, true);
    await fillUp(test);
    await replace(test, 'AsyncEcho', EFFECTIVE);
    assert.equal(await queuedAt(test, 'in'), FRAMES);
    await test.runtime.resumeProcessor('middle', EFFECTIVE);
    await assertAllArrive(test);
  });

  it('gets it although its port has the link deliver otherwise from then on', async () => {
    await using test = await createFallibleRuntime();
    await addChain(test, { type: 'Fallible', lanes: ['one', 'two'], delivery: undefined }, true);
    await fillUp(test);
    const deliveryOf = async () =>
      wordOf(DELIVERIES, (await test.runtime.getLink('in')).effectiveDelivery ?? 0);
    assert.equal(await deliveryOf(), 'every');
    await replace(test, 'Newest', EFFECTIVE);
    assert.deepEqual([await deliveryOf(), await queuedAt(test, 'in')], ['latest', FRAMES]);
    await test.runtime.resumeProcessor('middle', EFFECTIVE);
    await assertAllArrive(test);
  });

  it('leaves it to the old one, which is brought back, when its setup fails', async () => {
    await using test = await createFallibleRuntime();
    await addChain(test, { type: 'Fallible', lanes: ['one', 'two'], delivery: 'every' }, true);
    await fillUp(test);
    const { code } = await rejectionOf(replace(test, 'MainOnly', ROLLBACK));
    assert.equal(code, 'COMMIT_FAILED');
    assert.equal((await test.runtime.getProcessor('middle')).processorType, 'Fallible');
    assert.equal(await queuedAt(test, 'in'), FRAMES);
    await test.runtime.resumeProcessor('middle', EFFECTIVE);
    await assertAllArrive(test);
  });

  it('loses it when its setup fails and it is kept', async () => {
    await using test = await createFallibleRuntime();
    await addChain(test, { type: 'Fallible', lanes: ['one', 'two'], delivery: 'every' }, true);
    await fillUp(test);
    await replace(test, 'MainOnly', EFFECTIVE);
    const failed = async () =>
      (await test.runtime.getLink('in')).counters?.dropped?.failed === BigInt(FRAMES);
    await eventually(failed, 'all is dropped');
  });

  it('takes over a lossless link under load without a loss, there and back', async () => {
    await using test = await createFallibleRuntime();
    const frames = 3_000;
    await addChain(test, { type: 'Forward', lanes: ['one', 'two'], delivery: 'lossless', frames }, false);
    await test.runtime.start();
    for (const type of ['Busy', 'Forward', 'Busy', 'Forward']) {
      const before = await queuedAt(test, 'in');
      assert.ok(before <= 16);
      await replace(test, type, EFFECTIVE);
    }
    await assertAllArrive(test, frames);
  });
});

describe('a processor that begins anew', () => {
  it('finds what waited while the old one was torn down, however long that takes', async () => {
    await using test = await createFallibleRuntime();
    await addChain(test, { type: 'AsyncEcho', lanes: ['one', 'two'], delivery: 'every' }, true);
    await fillUp(test);
    await test.runtime.restartProcessor('middle', EFFECTIVE);
    assert.equal(await queuedAt(test, 'in'), FRAMES);
    await test.runtime.resumeProcessor('middle', EFFECTIVE);
    await assertAllArrive(test);
  });

  it('has had its lossless links read empty when it moves to another lane', async () => {
    await using test = await createFallibleRuntime();
    const frames = 3_000;
    await addChain(test, { type: 'Busy', lanes: ['one', 'two'], delivery: 'lossless', frames }, false);
    await test.runtime.start();
    for (const lane of ['four', 'one', 'main', 'two']) {
      const value = { processorId: 'middle', placement: { lane } };
      const { outcome } = await test.runtime.execute({ case: 'updateProcessor', value }, EFFECTIVE);
      assert.deepEqual(
        outcome?.impacts.map(({ linkId, framesDropped }) => [linkId, framesDropped]).sort(),
        [
          ['in', 0n],
          ['out', 0n],
        ],
        lane,
      );
    }
    await assertAllArrive(test, frames);
  });
});
