import { workerData } from 'node:worker_threads';
import { LastTime, mediaClock } from '../../server/runtime/clock.ts';
import type { DataFrameView } from '../../server/runtime/frame/data-frame.ts';
import { FramePool } from '../../server/runtime/frame/frame-pool.ts';
import { useNames } from '../../server/runtime/frame/name-table.ts';
import { openSegment } from '../../server/runtime/frame/segment.ts';
import { inlineDeeply } from '../../server/runtime/lane/deep-inlining.ts';
import { LaneSleeper } from '../../server/runtime/lane/lane-sleeper.ts';
import { Doorbell } from '../../server/runtime/link/doorbell.ts';
import { RingConsumer } from '../../server/runtime/link/ring-consumer.ts';
import { answerMessages } from '../support/answer-messages.ts';
import { CONSUMER_LANE, PRODUCER_LANE, type RingEnds } from '../support/ring-ends.ts';

/* Reads and releases as many frames as a message asks for and answers how long that took, from the first on. */

const SLEEP_MS = 100;

inlineDeeply();
const { segmentId, names, ringPlace } = workerData as RingEnds;
useNames(names);
const segment = openSegment(segmentId);
const pool = new FramePool(new LastTime(), { segment, laneIndex: CONSUMER_LANE });
const doorbell = new Doorbell(segment, PRODUCER_LANE);
const consumer = new RingConsumer({ segment, ringPlace, pool, doorbell });
const sleeper = new LaneSleeper(segment, CONSUMER_LANE);
let next = 0;

function consume(frames: number): number {
  const end = next + frames;
  while (consumer.queued === 0) sleeper.sleep(SLEEP_MS);
  const startedUs = mediaClock.nowUs();
  while (next < end) {
    pool.beginCall();
    const frame = consumer.tryRead() as DataFrameView | undefined;
    if (frame === undefined) {
      sleeper.sleep(SLEEP_MS);
      continue;
    }
    if (frame.sequenceId !== next) throw new Error(`frame ${next} must follow, was ${frame.sequenceId}`);
    frame.release();
    next++;
  }
  return mediaClock.nowUs() - startedUs;
}

answerMessages(consume);
