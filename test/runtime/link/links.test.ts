import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DataFrame, type DataFrameView } from '../../../server/runtime/frame/data-frame.ts';
import { threadNames } from '../../../server/runtime/frame/name-table.ts';
import { SlotPool } from '../../../server/runtime/frame/slot-pool.ts';
import { DirectLink } from '../../../server/runtime/link/direct-link.ts';
import { createLinkCounters, readLinkCounters } from '../../../server/runtime/link/link-counters.ts';
import type { LinkConsumer, LinkProducer } from '../../../server/runtime/link/link-end.ts';
import { createRing } from '../../../server/runtime/link/ring.ts';
import { RingConsumer } from '../../../server/runtime/link/ring-consumer.ts';
import { RingProducer } from '../../../server/runtime/link/ring-producer.ts';
import { DELIVERIES, type Delivery } from '../../../server/runtime/vocabulary.ts';
import { accountedFor } from '../../support/lane-harness.ts';

interface LinkUnderTest {
  readonly pool: SlotPool;
  readonly producer: LinkProducer;
  readonly consumer: LinkConsumer;
  counts(): ReturnType<typeof readLinkCounters>;
}

const ARENA_BYTES = 4096;

function createLink(kind: 'ring' | 'direct', delivery: Delivery, capacityFrames: number): LinkUnderTest {
  const pool = new SlotPool();
  const counters = createLinkCounters();
  if (kind === 'direct') {
    const link = new DirectLink({ delivery, capacityFrames, counters });
    return { pool, producer: link, consumer: link, counts: () => readLinkCounters(counters) };
  }
  const ring = createRing({ delivery, capacityFrames, arenaBytes: ARENA_BYTES });
  const typeOf = (id: number) => {
    assert.equal(threadNames().nameOf(id), 'DataFrame');
    return DataFrame;
  };
  const wake = () => {};
  return {
    pool,
    producer: new RingProducer({ ring, counters, wakeConsumer: wake }),
    consumer: new RingConsumer({ ring, counters, pool, typeOf, wakeProducer: wake }),
    counts: () => readLinkCounters(counters, ring),
  };
}

function createFrame(pool: SlotPool, mark: number, length: number): DataFrameView {
  const frame = pool.acquire(DataFrame, { channels: { value: length } });
  frame.sequenceId = mark;
  frame.channelAt(0).fill(mark);
  return frame;
}

/** What a link holds, written as plainly as possible. */
class LinkModel {
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  readonly arenaBytes: number;
  readonly queue: { mark: number; bytes: number }[] = [];
  readonly dropped = { full: 0, paused: 0, stale: 0, failed: 0, too_large: 0 };
  produced = 0;
  delivered = 0;
  paused = false;

  constructor(delivery: Delivery, capacityFrames: number, arenaBytes: number) {
    this.delivery = delivery;
    this.capacityFrames = capacityFrames;
    this.arenaBytes = arenaBytes;
  }

  write(mark: number, bytes: number): boolean {
    if (bytes > this.arenaBytes) {
      this.produced++;
      this.dropped.too_large++;
      return true;
    }
    while (this.queue.length >= this.capacityFrames || this.#used() + bytes > this.arenaBytes) {
      if (this.delivery === 'lossless') return false;
      this.queue.shift();
      this.dropped[this.paused ? 'paused' : 'full']++;
    }
    this.produced++;
    this.queue.push({ mark, bytes });
    return true;
  }

  read(latest: boolean): number | undefined {
    if (latest || this.delivery === 'latest')
      this.dropped.stale += this.queue.splice(0, this.queue.length - 1).length;
    const first = this.queue.shift();
    if (first !== undefined) this.delivered++;
    return first?.mark;
  }

  discard(): number {
    const { length } = this.queue.splice(0);
    this.dropped.failed += length;
    return length;
  }

  #used(): number {
    return this.queue.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

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
            const { pool, producer, consumer, counts } = createLink(kind, delivery, capacityFrames);
            const arenaBytes = kind === 'ring' ? ARENA_BYTES : Number.POSITIVE_INFINITY;
            const model = new LinkModel(delivery, capacityFrames, arenaBytes);
            let closed = false;
            for (const [mark, { kind: action, length }] of steps.entries()) {
              if (action === 'write') {
                const frame = createFrame(pool, mark, length);
                const want = model.write(mark, frame.byteLength);
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
                  dropped: { rewired: 0, lane_lost: 0, stopped: 0, ...model.dropped },
                },
              );
              assert.equal(produced, accountedFor(counts()));
            }
            const held = kind === 'direct' ? model.queue.length : 0;
            assert.equal(pool.inUse, held);
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
    const pool = new SlotPool();
    const counters = createLinkCounters();
    const ring = createRing({ delivery: 'every', capacityFrames: 8, arenaBytes: 1024 });
    const consumer = new RingConsumer({
      ring,
      counters,
      pool,
      typeOf: () => DataFrame,
      wakeProducer: () => {},
    });
    for (let mark = 0; mark < 40; mark++) {
      const producer = new RingProducer({ ring, counters, wakeConsumer: () => {} });
      producer.tryWrite(createFrame(pool, mark, (mark % 7) * 3));
      const isReadNow = mark % 3 !== 0;
      const frame = isReadNow ? (consumer.tryRead() as DataFrameView) : undefined;
      assert.equal(frame?.channelAt(0).every((value) => value === frame.sequenceId) ?? true, true);
      frame?.release();
    }
    const counts = readLinkCounters(counters, ring);
    assert.equal(counts.produced, 40);
    assert.equal(counts.produced, accountedFor(counts));
  });

  it('wakes a producer that asked for space, once', () => {
    const pool = new SlotPool();
    const counters = createLinkCounters();
    const ring = createRing({ delivery: 'lossless', capacityFrames: 1 });
    let wakes = 0;
    const wakeProducer = () => {
      wakes++;
    };
    const producer = new RingProducer({ ring, counters, wakeConsumer: () => {} });
    const consumer = new RingConsumer({ ring, counters, pool, typeOf: () => DataFrame, wakeProducer });
    producer.tryWrite(createFrame(pool, 0, 1));
    consumer.tryRead()?.release();
    assert.equal(wakes, 0);
    producer.tryWrite(createFrame(pool, 1, 1));
    assert.equal(producer.credit, 0);
    consumer.tryRead()?.release();
    consumer.tryRead();
    assert.equal(wakes, 1);
  });

  for (const capacityFrames of [0, 65_537, 1.5]) {
    it(`refuses a capacity of ${capacityFrames}`, () => {
      const text = `capacity_frames must be 1 to 65536, was ${capacityFrames}`;
      assert.throws(() => createRing({ delivery: 'every', capacityFrames }), {
        code: 'FIELD_INVALID',
        message: text,
      });
    });
  }
});
