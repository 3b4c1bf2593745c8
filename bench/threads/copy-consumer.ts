import { workerData } from 'node:worker_threads';
import { mediaClock } from '../../server/runtime/clock.ts';
import { answerMessages } from '../support/answer-messages.ts';
import { FRAME_VALUES, openCopyRing } from '../support/copied-frames.ts';

/* Reads as many frames as a message asks for and answers how long that took, from the first on. */

const ring = openCopyRing(workerData as SharedArrayBuffer);
const frame = new Float64Array(FRAME_VALUES);
let next = 0;

function consume(frames: number): number {
  const end = next + frames;
  while (ring.available_read() < FRAME_VALUES);
  const startedUs = mediaClock.nowUs();
  while (next < end) {
    if (ring.available_read() < FRAME_VALUES) continue;
    ring.pop(frame, FRAME_VALUES);
    if (frame[0] !== next) throw new Error(`frame ${next} must follow, was ${frame[0]}`);
    next++;
  }
  return mediaClock.nowUs() - startedUs;
}

answerMessages(consume);
