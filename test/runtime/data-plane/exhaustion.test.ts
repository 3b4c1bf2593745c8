import assert from 'node:assert/strict';
import { CHUNK_BYTES } from '../../../native/index.ts';
import { DataFrame, type DataFrameView } from '../../../server/runtime/frame/data-frame.ts';
import { createSegment } from '../../../server/runtime/frame/segment.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { ControlMemory } from '../../../server/runtime/link/control-memory.ts';
import { Doorbell } from '../../../server/runtime/link/doorbell.ts';
import { LinkCounters } from '../../../server/runtime/link/link-counters.ts';
import { RingConsumer } from '../../../server/runtime/link/ring-consumer.ts';
import { RingMemory } from '../../../server/runtime/link/ring-memory.ts';
import { RingProducer } from '../../../server/runtime/link/ring-producer.ts';
import type { Delivery } from '../../../server/runtime/vocabulary.ts';
import { eventually } from '../../support/eventually.ts';
import { accountedFor } from '../../support/lane-harness.ts';
import { assertAddsUp } from '../../support/link-sums.ts';
import { SegmentAudit } from '../../support/segment-audit.ts';
import { createTestPool } from '../../support/test-pool.ts';
import { TestRuntime } from '../../support/test-runtime.ts';

const MEMORY_BYTES = 2 * 1024 * 1024;
/** A frame of 64 KB: a segment of that size has room for a few. */
const VALUES = 8_000;
const FRAMES = 100;
const EFFECTIVE = { wait: 'effective' } as const;

/** A link that is deeper than its memory. */
function createDeepLink(delivery: Delivery) {
  const segment = createSegment(MEMORY_BYTES);
  const control = new ControlMemory(segment);
  const counters = new LinkCounters(control);
  const ring = new RingMemory(control, {
    delivery,
    capacityFrames: 2 * FRAMES,
    producerLane: 1,
    consumerLane: 2,
    countersPlace: counters.place,
  });
  const pool = createTestPool(segment, 1);
  const farPool = createTestPool(segment, 2);
  const ends = { segment, ringPlace: ring.place };
  return {
    audit: new SegmentAudit(segment),
    pool,
    counts: () => counters.read([ring]),
    producer: new RingProducer({ ...ends, pool, doorbell: new Doorbell(segment, 2) }),
    consumer: new RingConsumer({ ...ends, pool: farPool, doorbell: new Doorbell(segment, 1) }),
    createFrame(mark: number): DataFrameView {
      pool.beginCall();
      const frame = pool.acquire(DataFrame, { channels: { value: VALUES } });
      frame.sequenceId = mark;
      frame.channelAt(0).fill(mark);
      return frame;
    },
    /** Reads everything, and answers the numbers of the frames. */
    readAll(): number[] {
      const marks: number[] = [];
      for (let frame = this.consumer.tryRead(); frame !== undefined; frame = this.consumer.tryRead()) {
        const view = frame as DataFrameView;
        assert.equal(
          view.channelAt(0).every((value) => value === view.sequenceId),
          true,
        );
        marks.push(view.sequenceId);
        frame.release();
      }
      return marks;
    },
  };
}

describe('a link whose segment is used up', () => {
  it('drops and counts when it may lose frames, and flows again when they were read', () => {
    const link = createDeepLink('every');
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < FRAMES; i++) assert.equal(link.producer.tryWrite(link.createFrame(i)), true);
      const { queued, dropped, produced } = link.counts();
      assert.ok(queued > 0 && queued < FRAMES / 2, `${queued} frames have room`);
      assert.equal(dropped.exhausted, (round + 1) * (FRAMES - queued));
      assert.equal(produced, (round + 1) * FRAMES);
      assert.equal(produced, accountedFor(link.counts()));
      assert.deepEqual(
        link.readAll(),
        Array.from({ length: queued }, (_, i) => i),
      );
      assert.equal(link.audit.references(), 0);
    }
    assert.ok(link.pool.exhausted > 0);
    assert.equal(link.pool.inUse, 0);
    assert.ok(link.audit.chunks <= MEMORY_BYTES / CHUNK_BYTES);
  });

  it('takes nothing more when it is lossless, until a frame was read and given back', () => {
    const link = createDeepLink('lossless');
    let written = 0;
    let frame = link.createFrame(written);
    while (link.producer.tryWrite(frame)) frame = link.createFrame(++written);
    assert.ok(written > 0 && written < FRAMES / 2, `${written} frames have room`);
    assert.equal(link.producer.tryWrite(frame), false);
    const held = link.consumer.tryRead();
    assert.equal(link.producer.tryWrite(frame), false);
    held?.release();
    assert.equal(link.producer.tryWrite(frame), true);
    assert.deepEqual(
      link.readAll(),
      Array.from({ length: written }, (_, i) => i + 1),
    );
    assert.deepEqual(link.counts().dropped.exhausted, 0);
    assert.equal(link.audit.references(), 0);
    assert.equal(link.pool.inUse, 0);
  });
});

describe('a runtime whose frame memory is used up', () => {
  async function create(
    delivery: Delivery,
    config: { count?: number; per_call?: number },
  ): Promise<TestRuntime> {
    const test = await TestRuntime.create({ frameMemoryBytes: MEMORY_BYTES });
    const { runtime } = test;
    const source = { type: 'Emit', id: 'source', config: { ...config, channel_length: VALUES } };
    await runtime.addProcessor({ ...source, placement: { lane: 'one' } });
    const sink = { type: 'Collect', id: 'sink', config: { topic: 'sink' }, paused: true };
    await runtime.addProcessor({ ...sink, placement: { lane: 'two' } });
    const request = { id: 'link', delivery, capacityFrames: 1_000 };
    await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), request);
    await runtime.start();
    return test;
  }

  const tale = (test: TestRuntime) =>
    test.payloads('custom').find(({ name }) => name === 'collected')?.data as
      | Record<string, unknown>
      | undefined;

  it('loses what a lossy link may lose, counts it, and flows again', async () => {
    await using test = await create('every', { per_call: 4 });
    const { runtime } = test;
    const counters = async () => (await runtime.getLink('link')).counters;
    await eventually(async () => ((await counters())?.dropped?.exhausted ?? 0n) > 100n, 'frames are dropped');
    assert.equal(await test.stateOf('source'), 'running');
    const queued = Number((await counters())?.queued);
    assert.ok(queued > 0 && queued < 40, `${queued} frames wait`);
    await runtime.resumeProcessor('sink', EFFECTIVE);
    await eventually(async () => ((await counters())?.delivered ?? 0n) > 200n, 'frames flow again');
    await runtime.stop();
    assertAddsUp(await runtime.getLink('link'));
    await eventually(() => tale(test) !== undefined, 'the sink tells');
    assert.deepEqual([tale(test)?.in_order, tale(test)?.whole], [true, true]);
  });

  it('holds the producer of a lossless link back, and loses nothing', async () => {
    const count = 400;
    await using test = await create('lossless', { count });
    const { runtime } = test;
    const produced = async () => (await runtime.getLink('link')).counters?.produced ?? 0n;
    let last = -1n;
    await eventually(async () => {
      const before = last;
      last = await produced();
      const { metrics } = await runtime.getProcessor('source');
      // One frame more than the link took: it waits at the producer.
      return last === before && metrics?.framesOut === last + 1n;
    }, 'the source is held back');
    assert.ok(last < 40n, `${last} frames have room`);
    const ended = runtime.ended();
    await runtime.resumeProcessor('sink', EFFECTIVE);
    await ended;
    await eventually(() => tale(test) !== undefined, 'the sink tells');
    assert.deepEqual(tale(test), { count, in_order: true, whole: true, first: 0, last: count - 1 });
    assertAddsUp(await runtime.getLink('link'));
  });

  it('is told when frames are given back, instead of asking now and then', async () => {
    let [ampleMs, scarceMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let run = 0; run < 3; run++) {
      ampleMs = Math.min(ampleMs, await passSlowly(64 * MEMORY_BYTES));
      scarceMs = Math.min(scarceMs, await passSlowly(MEMORY_BYTES));
    }
    // Asking every 100 ms took five to seven times as long.
    assert.ok(scarceMs < 4 * ampleMs, `took ${scarceMs} ms, with memory enough ${ampleMs} ms`);
  });
});

/** How long frames take to a consumer that is slower than their producer, milliseconds for all of them. */
async function passSlowly(frameMemoryBytes: number): Promise<number> {
  const count = 600;
  await using test = await TestRuntime.create({ frameMemoryBytes });
  const { runtime } = test;
  const config = { count, channel_length: VALUES };
  await runtime.addProcessor({ type: 'Emit', id: 'source', config, placement: { lane: 'one' } });
  const slow = { type: 'Busy', id: 'slow', config: { busy_us: 150 }, placement: { lane: 'two' } };
  await runtime.addProcessor(slow);
  const request = { id: 'link', delivery: 'lossless', capacityFrames: 1_000 } as const;
  await runtime.connect(outputPort('source', 'data'), inputPort('slow', 'data_in'), request);
  const ended = runtime.ended();
  await runtime.start();
  const startedMs = performance.now();
  await ended;
  const tookMs = performance.now() - startedMs;
  assert.equal((await runtime.getLink('link')).counters?.delivered, BigInt(count));
  return tookMs;
}
