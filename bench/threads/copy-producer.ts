import { workerData } from 'node:worker_threads';
import { answerMessages } from '../support/answer-messages.ts';
import { FRAME_VALUES, openCopyRing } from '../support/copied-frames.ts';

/* Writes as many numbered frames as a message asks for into a ring of ringbuf.js, which says nothing about waiting. */

const ring = openCopyRing(workerData as SharedArrayBuffer);
const frame = new Float64Array(FRAME_VALUES);
let next = 0;

function produce(frames: number): number {
  const end = next + frames;
  while (next < end) {
    if (ring.available_write() < FRAME_VALUES) continue;
    frame[0] = next++;
    ring.push(frame, FRAME_VALUES);
  }
  return frames;
}

answerMessages(produce);
