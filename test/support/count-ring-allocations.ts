// node --expose-gc count-ring-allocations.ts KIND: prints by how many bytes the heap grew while a million frames went
// through a ring whose two ends are in one thread.
import { AudioFrame } from '../../server/runtime/frame/audio-frame.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import type { FramePool } from '../../server/runtime/frame/frame-pool.ts';
import type { Frame } from '../../server/runtime/frame/frame-type.ts';
import { MarketData } from '../../server/runtime/frame/market-data.ts';
import { createSegment } from '../../server/runtime/frame/segment.ts';
import { shareFrame } from '../../server/runtime/frame/slot-reference.ts';
import { VideoFrame } from '../../server/runtime/frame/video-frame.ts';
import { ControlMemory } from '../../server/runtime/link/control-memory.ts';
import { Doorbell } from '../../server/runtime/link/doorbell.ts';
import { LinkCounters } from '../../server/runtime/link/link-counters.ts';
import { RingConsumer } from '../../server/runtime/link/ring-consumer.ts';
import { RingMemory } from '../../server/runtime/link/ring-memory.ts';
import { RingProducer } from '../../server/runtime/link/ring-producer.ts';
import type { Delivery } from '../../server/runtime/vocabulary.ts';
import { createTestPool } from './test-pool.ts';

const BURST = 64;
const FRAMES = 1_000_000;
const segment = createSegment(64 * 1024 * 1024);
const control = new ControlMemory(segment);
const near = createTestPool(segment, 1);
const far = createTestPool(segment, 2);
const DATA = dataLayout({ value: 4 });
const SOUND = { channels: 2, samples: 4, sampleRateHz: 48_000 };
const PICTURE = { format: 'i420', width: 8, height: 8 } as const;
const TICK = { symbol: 'BTCUSDT' };
const STEREO = AudioFrame.of(2);

function createRing(delivery: Delivery, capacityFrames: number) {
  const { place: countersPlace } = new LinkCounters(control);
  const lanes = { producerLane: 1, consumerLane: 2, countersPlace };
  const { place: ringPlace } = new RingMemory(control, { delivery, capacityFrames, ...lanes });
  return {
    producer: new RingProducer({ segment, ringPlace, pool: near, doorbell: new Doorbell(segment, 2) }),
    consumer: new RingConsumer({ segment, ringPlace, pool: far, doorbell: new Doorbell(segment, 1) }),
  };
}

const lossless = createRing('lossless', BURST);
const second = createRing('lossless', BURST);
const lossy = createRing('every', BURST / 4);
const kept: unknown[] = new Array(1);

/** Writes a burst and reads it. */
function pass(acquire: (pool: FramePool) => Frame, { producer, consumer } = lossless): void {
  near.beginCall();
  for (let i = 0; i < BURST; i++) producer.tryWrite(acquire(near));
  far.beginCall();
  for (let frame = consumer.tryRead(); frame !== undefined; frame = consumer.tryRead()) frame.release();
}

const uses: Record<string, () => void> = {
  data: () => pass((pool) => pool.acquire(DataFrame, DATA)),
  audio: () => pass((pool) => pool.acquire(STEREO, SOUND)),
  video: () => pass((pool) => pool.acquire(VideoFrame, PICTURE)),
  market: () => pass((pool) => pool.acquire(MarketData, TICK)),
  overflow: () => pass((pool) => pool.acquire(DataFrame, DATA), lossy),
  'fan-out'() {
    near.beginCall();
    for (let i = 0; i < BURST; i++) {
      const frame = near.acquire(DataFrame, DATA);
      second.producer.tryWrite(shareFrame(frame));
      lossless.producer.tryWrite(frame);
    }
    far.beginCall();
    for (const { consumer } of [lossless, second])
      for (let frame = consumer.tryRead(); frame !== undefined; frame = consumer.tryRead()) frame.release();
  },
  control() {
    for (let i = 0; i < BURST; i++) kept[0] = { i };
  },
};

const kind = process.argv[2] ?? '';
const use = uses[kind];
if (use === undefined) throw new Error(`kind must be one of ${Object.keys(uses).join(', ')}, was ${kind}`);

function passAll(burst: () => void): void {
  for (let passed = 0; passed < FRAMES; passed += BURST) burst();
}

// Until the compiler is done with it.
passAll(use);
passAll(use);
gc?.();
const before = process.memoryUsage().heapUsed;
passAll(use);
console.log(process.memoryUsage().heapUsed - before);
