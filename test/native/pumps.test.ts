import assert from 'node:assert/strict';
import * as native from '../../native/index.ts';
import { testAddon } from '../../native/testing/index.ts';
import { Child, ROOT } from '../support/child.ts';
import { eventually } from '../support/eventually.ts';
import { ScriptedLane } from './scripted-lane.ts';
import { TestSegment } from './test-segment.ts';

const FRAMES = 20_000;
const FRAME_BYTES = 1040;
const FIRST_WORD = native.FRAME_HEAD_BYTES / 4;

const LANES = { producer: 1, consumer: 2 } as const;

const map = (segment: TestSegment) => testAddon.segmentMap(native.segmentFd(segment.handle));

/** Takes everything that is in a ring, shows it, and gives it back. */
function takeAll(lane: ScriptedLane, ring: number, look: (slot: number) => void): void {
  for (let slot = lane.tryTake(ring); slot !== undefined; slot = lane.tryTake(ring)) {
    look(slot);
    lane.release(slot);
  }
}

describe('a ring between C++ and JavaScript', function () {
  this.timeout(60_000);

  it('brings every frame of a C++ producer to JavaScript', async () => {
    using segment = new TestSegment();
    const ring = segment.makeRing({ ...LANES, entryCount: 1024, delivery: native.DELIVERY_LOSSLESS });
    const lane = new ScriptedLane(segment.words, LANES.consumer);
    const pump = testAddon.producerStart(map(segment), ring, FRAMES, FRAME_BYTES, 0);
    let taken = 0;
    let wrong = 0;
    await eventually(
      () => {
        takeAll(lane, ring, (slot) => {
          const first = segment.words[lane.frameWord(slot, FIRST_WORD)];
          const last = segment.words[lane.frameWord(slot, FRAME_BYTES / 4 - 1)];
          if (++taken !== first || first !== last) wrong++;
        });
        return taken === FRAMES;
      },
      'all frames have come',
      50_000,
    );
    assert.equal(wrong, 0);
    assert.equal(testAddon.pumpStop(pump).frames, FRAMES);
    assert.equal(segment.counter(ring, native.COUNTER_BANK_PRODUCER, native.COUNTER_PRODUCED), FRAMES);
    assert.equal(segment.referencesInAll(), 0);
  });

  it('brings every frame of JavaScript to a C++ consumer', async () => {
    using segment = new TestSegment();
    const ring = segment.makeRing({ ...LANES, entryCount: 1024, delivery: native.DELIVERY_LOSSLESS });
    const lane = new ScriptedLane(segment.words, LANES.producer);
    const span = native.poolGrow(segment.handle, LANES.producer, FRAME_BYTES + native.SLOT_PREFIX_BYTES);
    assert.equal(span, 0);
    const pump = testAddon.consumerStart(map(segment), ring, FRAMES, FRAME_BYTES, 0);
    let written = 0;
    let slot: number | undefined;
    await eventually(
      () => {
        while (written < FRAMES) {
          slot ??= lane.acquire(span);
          if (slot === undefined) return false;
          segment.words[lane.frameWord(slot, native.FRAME_BYTES_WORD)] = FRAME_BYTES;
          const [begin, end] = [lane.frameWord(slot, FIRST_WORD), lane.frameWord(slot, FRAME_BYTES / 4)];
          segment.words.fill(written + 1, begin, end);
          if (!lane.tryWrite(ring, slot)) return false;
          slot = undefined;
          written++;
        }
        return testAddon.pumpState(pump).isDone;
      },
      'all frames are read',
      50_000,
    );
    assert.deepEqual(
      { ...testAddon.pumpStop(pump), elapsedNs: 0 },
      { isDone: true, frames: FRAMES, faults: 0, elapsedNs: 0 },
    );
    assert.equal(segment.counter(ring, native.COUNTER_BANK_CONSUMER, native.COUNTER_DELIVERED), FRAMES);
    assert.equal(segment.referencesInAll(), 0);
  });

  it('accounts for what a C++ producer dropped', async () => {
    using segment = new TestSegment();
    const ring = segment.makeRing({ ...LANES, entryCount: 8, delivery: native.DELIVERY_EVERY });
    const lane = new ScriptedLane(segment.words, LANES.consumer);
    const pump = testAddon.producerStart(map(segment), ring, FRAMES, FRAME_BYTES, 0);
    let taken = 0;
    let last = 0;
    let wrong = 0;
    const check = (slot: number) => {
      const number = segment.words[lane.frameWord(slot, FIRST_WORD)] as number;
      if (number <= last) wrong++;
      last = number;
      taken++;
    };
    await eventually(() => {
      takeAll(lane, ring, check);
      return testAddon.pumpState(pump).isDone;
    }, 'the producer is done');
    takeAll(lane, ring, check);
    const dropped = segment.counter(
      ring,
      native.COUNTER_BANK_PRODUCER,
      native.COUNTER_DROPPED + native.DROPPED_FULL,
    );
    assert.deepEqual({ wrong, last, sum: taken + dropped }, { wrong: 0, last: FRAMES, sum: FRAMES });
    assert.equal(segment.words[ring / 4 + native.RING_DROPPED_WORD], dropped);
    assert.equal(segment.referencesInAll(), 0);
  });

  it('ends with its worker, whose native thread is writing', async () => {
    await using child = new Child(process.execPath, [`${ROOT}test/native/terminated-writers.ts`]);
    assert.deepEqual(await child.end(), { code: 0, signal: null, stdout: 'ended\n', stderr: '' });
  });
});
