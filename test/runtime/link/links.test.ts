import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  COUNT_MASK,
  DOORBELL_AWAKE,
  DOORBELL_RUNG,
  DOORBELLS_PLACE,
  LINE_BYTES,
  SLOT_PREFIX_BYTES,
} from '../../../native/index.ts';
import { DataFrame, type DataFrameView } from '../../../server/runtime/frame/data-frame.ts';
import type { FramePool } from '../../../server/runtime/frame/frame-pool.ts';
import { shareFrame } from '../../../server/runtime/frame/slot-reference.ts';
import { DirectLink } from '../../../server/runtime/link/direct-link.ts';
import { Doorbell } from '../../../server/runtime/link/doorbell.ts';
import { LinkCounters, type LinkCounts } from '../../../server/runtime/link/link-counters.ts';
import type { LinkConsumer, LinkProducer } from '../../../server/runtime/link/link-end.ts';
import { RingConsumer } from '../../../server/runtime/link/ring-consumer.ts';
import { RingMemory } from '../../../server/runtime/link/ring-memory.ts';
import { RingProducer } from '../../../server/runtime/link/ring-producer.ts';
import { DELIVERIES, type Delivery } from '../../../server/runtime/vocabulary.ts';
import { accountedFor, control, nextLaneIndex, segment } from '../../support/lane-harness.ts';
import { createTestPool } from '../../support/test-pool.ts';

interface LinkUnderTest {
  /** Where frames are made, and where they are read. */
  readonly pool: FramePool;
  readonly farPool: FramePool;
  readonly producer: LinkProducer;
  readonly consumer: LinkConsumer;
  counts(): LinkCounts;
}

const from = nextLaneIndex();
const to = nextLaneIndex();
const nearPool = createTestPool(segment, from);
const farPool = createTestPool(segment, to);

function createLink(kind: 'ring' | 'direct', delivery: Delivery, capacityFrames: number): LinkUnderTest {
  const counters = new LinkCounters(control);
  const countersPlace = counters.place;
  const pool = nearPool;
  if (kind === 'direct') {
    const onChange = () => {};
    const link = new DirectLink({ segment, delivery, capacityFrames, countersPlace, pool, onChange });
    const counts = () => {
      link.publish();
      return counters.read();
    };
    return { pool, farPool: pool, producer: link, consumer: link, counts };
  }
  const ring = new RingMemory(control, {
    delivery,
    capacityFrames,
    countersPlace,
    producerLane: from,
    consumerLane: to,
  });
  const ringPlace = ring.place;
  return {
    pool,
    farPool,
    producer: new RingProducer({ segment, ringPlace, pool, doorbell: new Doorbell(segment, to) }),
    consumer: new RingConsumer({ segment, ringPlace, pool: farPool, doorbell: new Doorbell(segment, from) }),
    counts: () => counters.read([ring]),
  };
}

function createFrame(pool: FramePool, mark: number, length: number): DataFrameView {
  const frame = pool.acquire(DataFrame, { channels: { value: length } });
  frame.sequenceId = mark;
  frame.channelAt(0).fill(mark);
  return frame;
}

/** What a link holds, written as plainly as possible. */
class LinkModel {
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  readonly queue: number[] = [];
  readonly dropped = { full: 0, paused: 0, stale: 0, failed: 0 };
  produced = 0;
  delivered = 0;
  paused = false;

  constructor(delivery: Delivery, capacityFrames: number) {
    this.delivery = delivery;
    this.capacityFrames = capacityFrames;
  }

  write(mark: number): boolean {
    while (this.queue.length >= this.capacityFrames) {
      if (this.delivery === 'lossless') return false;
      this.queue.shift();
      this.dropped[this.paused ? 'paused' : 'full']++;
    }
    this.produced++;
    this.queue.push(mark);
    return true;
  }

  read(latest: boolean): number | undefined {
    if (latest || this.delivery === 'latest')
      this.dropped.stale += this.queue.splice(0, this.queue.length - 1).length;
    const first = this.queue.shift();
    if (first !== undefined) this.delivered++;
    return first;
  }

  discard(): number {
    const { length } = this.queue.splice(0);
    this.dropped.failed += length;
    return length;
  }
}

const NO_DROPS = { rewired: 0, lane_lost: 0, stopped: 0, too_large: 0, exhausted: 0 };

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), length: fc.nat(40) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('write' as const), length: fc.integer({ min: 100, max: 600 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('read' as const, 'readLatest' as const),
      length: fc.nat(0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'pause' as const,
        'resume' as const,
        'discard' as const,
        'close' as const,
        'open' as const,
      ),
      length: fc.nat(0),
    }),
  },
);

for (const kind of ['ring', 'direct'] as const) {
  describe(`a ${kind} link`, () => {
    for (const delivery of DELIVERIES.slice(1) as Delivery[]) {
      it(`does what its profile says, whatever happens: ${delivery}`, () => {
        const input = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 120 }));
        fc.assert(
          fc.property(input, ([capacityFrames, steps]) => {
            const link = createLink(kind, delivery, capacityFrames);
            const { pool, farPool, producer, consumer, counts } = link;
            const model = new LinkModel(delivery, capacityFrames);
            let closed = false;
            for (const [mark, { kind: action, length }] of steps.entries()) {
              if (action === 'write') {
                const frame = createFrame(pool, mark, length);
                const want = model.write(mark);
                assert.equal(producer.tryWrite(frame), want);
                if (!want) frame.release();
              } else if (action === 'read' || action === 'readLatest') {
                const latest = action === 'readLatest';
                const frame = (latest ? consumer.tryReadLatest() : consumer.tryRead()) as
                  | DataFrameView
                  | undefined;
                assert.equal(frame?.sequenceId, model.read(latest));
                assert.equal(frame?.channelAt(0).every((value) => value === frame.sequenceId) ?? true, true);
                frame?.release();
              } else if (action === 'discard') assert.equal(consumer.discard('failed'), model.discard());
              else if (action === 'close' || action === 'open') {
                closed = action === 'close';
                producer[action]();
              } else {
                model.paused = action === 'pause';
                consumer.setPaused(model.paused);
              }
              assert.equal(consumer.queued, model.queue.length);
              assert.equal(consumer.ended, closed && model.queue.length === 0);
              const credit =
                delivery === 'lossless' ? capacityFrames - model.queue.length : Number.POSITIVE_INFINITY;
              assert.equal(producer.credit, credit);
              const { produced, delivered, dropped, queued, inFlight } = counts();
              assert.deepEqual(
                { produced, delivered, queued, inFlight, dropped },
                {
                  produced: model.produced,
                  delivered: model.delivered,
                  queued: model.queue.length,
                  inFlight: 0,
                  dropped: { ...NO_DROPS, ...model.dropped },
                },
              );
              assert.equal(produced, accountedFor(counts()));
            }
            assert.equal(pool.inUse, kind === 'direct' ? model.queue.length : 0);
            consumer.detach('stopped');
            producer.detach('stopped');
            assert.equal(pool.inUse + farPool.inUse, 0);
          }),
        );
      });
    }

    it('counts what is left when both ends are detached', () => {
      const { pool, producer, consumer, counts } = createLink(kind, 'every', 4);
      for (let mark = 0; mark < 3; mark++) producer.tryWrite(createFrame(pool, mark, 1));
      assert.equal(consumer.detach('rewired') + producer.detach('rewired'), 3);
      assert.equal(counts().dropped.rewired, 3);
      assert.equal(counts().queued, 0);
      assert.equal(pool.inUse, 0);
    });
  });
}

describe('a ring', () => {
  it('goes on where it was when its producer is made anew', () => {
    const pool = nearPool;
    const counters = new LinkCounters(control);
    const lanes = { producerLane: from, consumerLane: to, countersPlace: counters.place };
    const ring = new RingMemory(control, { delivery: 'every', capacityFrames: 8, ...lanes });
    const ends = { segment, ringPlace: ring.place };
    const consumer = new RingConsumer({ ...ends, pool: farPool, doorbell: new Doorbell(segment, from) });
    for (let mark = 0; mark < 40; mark++) {
      const producer = new RingProducer({ ...ends, pool, doorbell: new Doorbell(segment, to) });
      producer.tryWrite(createFrame(pool, mark, (mark % 7) * 3));
      const isReadNow = mark % 3 !== 0;
      const frame = isReadNow ? (consumer.tryRead() as DataFrameView) : undefined;
      assert.equal(frame?.channelAt(0).every((value) => value === frame.sequenceId) ?? true, true);
      frame?.release();
    }
    const counts = counters.read([ring]);
    assert.equal(counts.produced, 40);
    assert.equal(counts.produced, accountedFor(counts));
  });

  it('rings a producer that asked for space, once', () => {
    const doorbell = (DOORBELLS_PLACE + from * LINE_BYTES) / 4;
    const { pool, producer, consumer } = createLink('ring', 'lossless', 1);
    const isRung = () => Atomics.exchange(segment.words, doorbell, DOORBELL_AWAKE) === DOORBELL_RUNG;
    isRung();
    producer.tryWrite(createFrame(pool, 0, 1));
    consumer.tryRead()?.release();
    assert.equal(isRung(), false);
    producer.tryWrite(createFrame(pool, 1, 1));
    assert.equal(producer.credit, 0);
    consumer.tryRead()?.release();
    assert.equal(isRung(), true);
    consumer.tryRead();
    assert.equal(isRung(), false);
  });

  it('shares one slot among its readers, and gives it back when the last has done', () => {
    const pool = nearPool;
    const readers = [to, nextLaneIndex(), nextLaneIndex()].map((consumerLane) => {
      const counters = new LinkCounters(control);
      const lanes = { producerLane: from, consumerLane, countersPlace: counters.place };
      const ring = new RingMemory(control, { delivery: 'lossless', capacityFrames: 4, ...lanes });
      const ends = { segment, ringPlace: ring.place };
      const far = createTestPool(segment, consumerLane);
      return {
        producer: new RingProducer({ ...ends, pool, doorbell: new Doorbell(segment, consumerLane) }),
        consumer: new RingConsumer({ ...ends, pool: far, doorbell: new Doorbell(segment, from) }),
      };
    });
    const frame = createFrame(pool, 7, 100);
    const { byteOffset } = frame.slot.u8;
    for (const { producer } of readers.slice(1)) producer.tryWrite(shareFrame(frame));
    readers[0]?.producer.tryWrite(frame);
    const read = readers.map(({ consumer }) => consumer.tryRead() as DataFrameView);
    assert.deepEqual(
      read.map(({ slot, sequenceId }) => [slot.u8.byteOffset, sequenceId]),
      read.map(() => [byteOffset, 7]),
    );
    const refs = () => (segment.words[(byteOffset - SLOT_PREFIX_BYTES) / 4] as number) & COUNT_MASK;
    assert.equal(refs(), 3);
    for (const each of read) each.release();
    assert.equal(refs(), 0);
  });

  for (const capacityFrames of [0, 65_537, 1.5]) {
    it(`refuses a capacity of ${capacityFrames}`, () => {
      const text = `capacity_frames must be 1 to 65536, was ${capacityFrames}`;
      assert.throws(
        () =>
          new RingMemory(control, {
            delivery: 'every',
            capacityFrames,
            producerLane: from,
            consumerLane: to,
            countersPlace: 0,
          }),
        {
          code: 'FIELD_INVALID',
          message: text,
        },
      );
    });
  }
});
