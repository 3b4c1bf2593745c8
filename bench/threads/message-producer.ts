import { workerData } from 'node:worker_threads';
import { answerMessages } from '../support/answer-messages.ts';
import { CAPACITY_FRAMES, FRAME_VALUES } from '../support/copied-frames.ts';
import { type MessageEnd, RECEIVED_WORD } from '../support/message-ends.ts';

/* Posts as many frames of 1 KiB as a message asks for, as many at once as the ring would hold. */

const WAIT_MS = 100;

const { port, memory } = workerData as MessageEnd;
const words = new Int32Array(memory);
let next = 0;

function produce(frames: number): number {
  const end = next + frames;
  while (next < end) {
    const received = Atomics.load(words, RECEIVED_WORD);
    if (next - received >= CAPACITY_FRAMES) {
      Atomics.wait(words, RECEIVED_WORD, received, WAIT_MS);
      continue;
    }
    const frame = new Uint8Array(FRAME_VALUES * 8);
    new DataView(frame.buffer).setFloat64(0, next++);
    port.postMessage(frame);
  }
  return frames;
}

answerMessages(produce);
