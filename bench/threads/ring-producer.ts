import { workerData } from 'node:worker_threads';
import { LastTime } from '../../server/runtime/clock.ts';
import { DataFrame, dataLayout } from '../../server/runtime/frame/data-frame.ts';
import { FramePool, KnownShape } from '../../server/runtime/frame/frame-pool.ts';
import { useNames } from '../../server/runtime/frame/name-table.ts';
import { openSegment } from '../../server/runtime/frame/segment.ts';
import { inlineDeeply } from '../../server/runtime/lane/deep-inlining.ts';
import { LaneSleeper } from '../../server/runtime/lane/lane-sleeper.ts';
import { Doorbell } from '../../server/runtime/link/doorbell.ts';
import { RingProducer } from '../../server/runtime/link/ring-producer.ts';
import { answerMessages } from '../support/answer-messages.ts';
import { CONSUMER_LANE, PRODUCER_LANE, type RingEnds } from '../support/ring-ends.ts';

/* Writes as many numbered frames of 128 values as a message asks for into a ring, as fast as it takes them. */

const SLEEP_MS = 100;
/** How many frames share one time, as the calls of a lane do. */
const FRAMES_PER_LOOK = 64;

inlineDeeply();
const { segmentId, names, ringPlace } = workerData as RingEnds;
useNames(names);
const segment = openSegment(segmentId);
const time = new LastTime();
const pool = new FramePool(time, { segment, laneIndex: PRODUCER_LANE });
const doorbell = new Doorbell(segment, CONSUMER_LANE);
const producer = new RingProducer({ segment, ringPlace, pool, doorbell });
const sleeper = new LaneSleeper(segment, PRODUCER_LANE);
const layout = dataLayout({ value: 128 });
const shape = new KnownShape();
let next = 0;

function produce(frames: number): number {
  const end = next + frames;
  while (next < end) {
    if (!producer.hasCredit) {
      sleeper.sleep(SLEEP_MS);
      continue;
    }
    if (next % FRAMES_PER_LOOK === 0) time.read();
    pool.beginCall();
    const frame = pool.acquire(DataFrame, layout, shape);
    frame.sequenceId = next;
    if (!producer.tryWrite(frame)) throw new Error(`a ring with room refused frame ${next}`);
    next++;
  }
  return frames;
}

answerMessages(produce);
