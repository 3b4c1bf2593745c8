import assert from 'node:assert/strict';
import { DataFrame, dataLayout } from '../../../server/runtime/frame/data-frame.ts';
import { createSegment } from '../../../server/runtime/frame/segment.ts';
import { shareFrame } from '../../../server/runtime/frame/slot-reference.ts';
import { ControlMemory } from '../../../server/runtime/link/control-memory.ts';
import { Doorbell } from '../../../server/runtime/link/doorbell.ts';
import { LinkCounters } from '../../../server/runtime/link/link-counters.ts';
import { RingConsumer } from '../../../server/runtime/link/ring-consumer.ts';
import { RingMemory } from '../../../server/runtime/link/ring-memory.ts';
import { RingProducer } from '../../../server/runtime/link/ring-producer.ts';
import { Child } from '../../support/child.ts';
import { SegmentAudit } from '../../support/segment-audit.ts';
import { createTestPool } from '../../support/test-pool.ts';

describe('a frame that was forgotten', () => {
  for (const environment of ['production', 'development']) {
    it(`is found, given back and counted, in ${environment}`, async () => {
      const args = ['--expose-gc', 'test/support/forget-frames.ts'];
      await using child = new Child(process.execPath, args, { env: { NODE_ENV: environment } });
      const { code, stdout, stderr } = await child.end();
      assert.equal(code, 0, stderr);
      assert.deepEqual(JSON.parse(stdout), {
        // Fifty were made and fifty read; those that were shared have one slot, which is in use as it was.
        before: { near: 51, far: 50, references: 50 },
        after: { near: 1, far: 0, references: 0 },
        leaked: [100, 50],
        price: 42,
      });
    });
  }
});

describe('a frame that was given away', () => {
  const segment = createSegment(16 * 1024 * 1024);
  const control = new ControlMemory(segment);
  const near = createTestPool(segment, 1);
  const far = createTestPool(segment, 2);
  const { place: countersPlace } = new LinkCounters(control);
  const lanes = { producerLane: 1, consumerLane: 2, countersPlace };
  const ring = new RingMemory(control, { delivery: 'lossless', capacityFrames: 4, ...lanes });
  const ends = { segment, ringPlace: ring.place };
  const producer = new RingProducer({ ...ends, pool: near, doorbell: new Doorbell(segment, 2) });
  const consumer = new RingConsumer({ ...ends, pool: far, doorbell: new Doorbell(segment, 1) });
  const LAYOUT = dataLayout({ value: 2 });
  const misuse = /DataFrame was used after it was released or written/;

  function writeOne() {
    near.beginCall();
    const frame = near.acquire(DataFrame, LAYOUT);
    frame.sequenceId = 7;
    assert.equal(producer.tryWrite(frame), true);
    return frame;
  }

  for (const [name, use] of Object.entries({
    'reading it': (frame: ReturnType<typeof writeOne>) => frame.sequenceId,
    'writing into it': (frame: ReturnType<typeof writeOne>) => Object.assign(frame, { sequenceId: 8 }),
    'sharing it': (frame: ReturnType<typeof writeOne>) => shareFrame(frame),
    'writing it again': (frame: ReturnType<typeof writeOne>) => producer.tryWrite(frame),
  })) {
    it(`refuses ${name}, and its reader finds it as it was`, () => {
      const frame = writeOne();
      assert.throws(() => use(frame), misuse);
      const read = consumer.tryRead();
      assert.equal((read as typeof frame).sequenceId, 7);
      read?.release();
      assert.equal(consumer.tryRead(), undefined);
    });
  }

  it('is refused as well after its reader has released it', () => {
    writeOne();
    const read = consumer.tryRead();
    read?.release();
    assert.throws(() => read?.byteLength, misuse);
    read?.release();
    assert.equal(near.inUse + far.inUse, 0);
    assert.equal(new SegmentAudit(segment).references(), 0);
  });

  it('loses nothing by a release too many', () => {
    const frame = writeOne();
    frame.release();
    frame.release();
    const read = consumer.tryRead();
    assert.equal((read as typeof frame).sequenceId, 7);
    read?.release();
    assert.equal(new SegmentAudit(segment).references(), 0);
  });
});
