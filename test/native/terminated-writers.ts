// A program of pumps.test.ts: terminates workers, one after the other, while native threads of theirs write.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import * as native from '../../native/index.ts';
import { testAddon } from '../../native/testing/index.ts';
import { TestSegment } from './test-segment.ts';

const ROUNDS = 10;

if (isMainThread) {
  for (let round = 0; round < ROUNDS; round++) {
    const worker = new Worker(new URL(import.meta.url));
    await once(worker, 'message');
    await worker.terminate();
  }
  console.log('ended');
} else {
  const segment = new TestSegment();
  const ring = segment.makeRing({
    entryCount: 8,
    delivery: native.DELIVERY_EVERY,
    producer: 1,
    consumer: 2,
  });
  const mapped = testAddon.segmentMap(native.segmentFd(segment.handle));
  const pump = testAddon.producerStart(mapped, ring, 1e9, 4096, 0);
  while (testAddon.pumpState(pump).frames < 100) native.doorbellWait(segment.handle, 3, 1);
  parentPort?.postMessage('it writes');
  for (;;) native.doorbellWait(segment.handle, 2, 10);
}
