import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as native from '../../native/index.ts';
import { testAddon } from '../../native/testing/index.ts';
import { ROOT } from '../support/child.ts';
import { TestSegment } from './test-segment.ts';

const IMPORTS = `
  import { parentPort, workerData as fd } from 'node:worker_threads';
  import * as native from ${JSON.stringify(`file://${ROOT}native/index.ts`)};
  import { testAddon } from ${JSON.stringify(`file://${ROOT}native/testing/index.ts`)};`;

/** Runs `body` in a worker until it posts a message, and then terminates it. */
async function runAndTerminate(body: string, segment: TestSegment): Promise<unknown> {
  const source = `${IMPORTS} ${body} setInterval(() => {}, 1000);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: native.segmentFd(segment.handle),
  });
  const [message] = await once(worker, 'message');
  await worker.terminate();
  return message;
}

describe('reclaiming a terminated lane', () => {
  it('takes back what it held, leaves what is on its way, and orphans its spans', async () => {
    using segment = new TestSegment();
    const ring = segment.makeRing({
      entryCount: 4,
      delivery: native.DELIVERY_LOSSLESS,
      producer: 1,
      consumer: 2,
    });
    const span = native.poolGrow(segment.handle, 1, 1024);
    const first = await runAndTerminate(
      `const segment = testAddon.segmentMap(fd);
      for (const slot of [0, 1, 2]) testAddon.slotAcquire(segment, 1, slot);
      testAddon.slotShare(segment, 1, 0, 4);
      testAddon.ringWrite(segment, ${ring}, 0);
      testAddon.ringWrite(segment, ${ring}, 1);
      parentPort.postMessage('holds');`,
      segment,
    );
    assert.equal(first, 'holds');
    assert.equal(segment.referencesInAll(), 7);
    assert.deepEqual(native.laneReclaim(segment.handle, 1), { references: 5, spans: 1 });
    assert.equal(segment.referencesInAll(), 2);

    // The frames on the ring outlive their writer, and the span finds a new home.
    const mapped = testAddon.segmentMap(native.segmentFd(segment.handle));
    for (const slot of [0, 1]) {
      assert.equal(testAddon.ringTake(mapped, ring), slot);
      testAddon.slotRelease(mapped, 2, slot, 1);
    }
    assert.equal(segment.referencesInAll(), 0);
    assert.equal(native.poolGrow(segment.handle, 7, 1024), span);
    assert.equal(testAddon.slotAcquire(mapped, 7, 0), true);
    assert.deepEqual(native.laneReclaim(segment.handle, 7), { references: 1, spans: 1 });
  });

  it('finds nothing to take back from a lane that never was', () => {
    using segment = new TestSegment();
    assert.deepEqual(native.laneReclaim(segment.handle, 200), { references: 0, spans: 0 });
  });

  it('resolves an intent that was left in the middle of a take', () => {
    using segment = new TestSegment();
    const ring = segment.makeRing({
      entryCount: 4,
      delivery: native.DELIVERY_LOSSLESS,
      producer: 1,
      consumer: 2,
    });
    native.poolGrow(segment.handle, 1, 1024);
    const mapped = testAddon.segmentMap(native.segmentFd(segment.handle));
    testAddon.slotAcquire(mapped, 1, 0);
    testAddon.ringWrite(mapped, ring, 0);
    // As lane 2 leaves it when it ends right after it has moved the head.
    const record = (native.LANES_PLACE + 2 * native.LINE_BYTES) / 4;
    segment.words[record + native.INTENT_RING_WORD] = ring;
    segment.words[record + native.INTENT_OP_WORD] = native.INTENT_TAKE;
    segment.words[ring / 4 + native.RING_HEAD_WORD] = 1;
    assert.deepEqual(native.laneReclaim(segment.handle, 2), { references: 1, spans: 0 });
    assert.equal(segment.words[ring / 4 + native.RING_TAKEN_WORD], 1);
    assert.equal(segment.words[record + native.INTENT_OP_WORD], native.INTENT_NONE);
    assert.equal(segment.referencesInAll(), 0);
  });
});
