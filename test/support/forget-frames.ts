// node --expose-gc forget-frames.ts: forgets frames that were made, shared, and read from a ring, and prints, as JSON,
// what the pools and the segment say once the garbage collector has found them.
import { setImmediate as turn } from 'node:timers/promises';
import { MarketData } from '../../server/runtime/frame/market-data.ts';
import { createSegment } from '../../server/runtime/frame/segment.ts';
import { shareFrame } from '../../server/runtime/frame/slot-reference.ts';
import { ControlMemory } from '../../server/runtime/link/control-memory.ts';
import { Doorbell } from '../../server/runtime/link/doorbell.ts';
import { LinkCounters } from '../../server/runtime/link/link-counters.ts';
import { RingConsumer } from '../../server/runtime/link/ring-consumer.ts';
import { RingMemory } from '../../server/runtime/link/ring-memory.ts';
import { RingProducer } from '../../server/runtime/link/ring-producer.ts';
import { SegmentAudit } from './segment-audit.ts';
import { createTestPool } from './test-pool.ts';

const EACH = 50;
const TICK = { symbol: 'BTCUSDT' };
const segment = createSegment(16 * 1024 * 1024);
const control = new ControlMemory(segment);
const audit = new SegmentAudit(segment);
const near = createTestPool(segment, 1);
const far = createTestPool(segment, 2);
const { place: countersPlace } = new LinkCounters(control);
const ring = new RingMemory(control, {
  delivery: 'lossless',
  capacityFrames: EACH,
  producerLane: 1,
  consumerLane: 2,
  countersPlace,
});
const ends = { segment, ringPlace: ring.place };
const producer = new RingProducer({ ...ends, pool: near, doorbell: new Doorbell(segment, 2) });
const consumer = new RingConsumer({ ...ends, pool: far, doorbell: new Doorbell(segment, 1) });
const kept = near.acquire(MarketData, TICK);
kept.price = 42;

/** Leaves `EACH` frames of each kind to the garbage collector, and releases as many. */
function forget(): void {
  for (let i = 0; i < EACH; i++) {
    near.acquire(MarketData, TICK);
    near.acquire(MarketData, TICK).release();
    shareFrame(kept);
    producer.tryWrite(near.acquire(MarketData, TICK));
    consumer.tryRead();
    producer.tryWrite(near.acquire(MarketData, TICK));
    consumer.tryRead()?.release();
  }
}

forget();
const before = { near: near.inUse, far: far.inUse, references: audit.references() };
for (let attempt = 0; attempt < 200 && near.leaked + far.leaked < 3 * EACH; attempt++) {
  gc?.();
  await turn();
}
const after = { near: near.inUse, far: far.inUse, references: audit.references() };
console.log(JSON.stringify({ before, after, leaked: [near.leaked, far.leaked], price: kept.price }));
