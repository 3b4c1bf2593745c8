import { workerData } from 'node:worker_threads';
import { mediaClock } from '../../server/runtime/clock.ts';
import { answerMessages } from '../support/answer-messages.ts';
import { CAPACITY_FRAMES } from '../support/copied-frames.ts';
import { type MessageEnd, RECEIVED_WORD } from '../support/message-ends.ts';

/* Receives as many frames as a message asks for and answers how long that took, from the first on. */

const FRAMES_PER_NOTICE = CAPACITY_FRAMES / 4;

const { port, memory } = workerData as MessageEnd;
const words = new Int32Array(memory);
let next = 0;

function consume(frames: number): Promise<number> {
  const end = next + frames;
  let startedUs = 0;
  return new Promise((resolve, reject) => {
    const receive = (frame: Uint8Array) => {
      startedUs ||= mediaClock.nowUs();
      const number = new DataView(frame.buffer, frame.byteOffset).getFloat64(0);
      if (number !== next) reject(new Error(`frame ${next} must follow, was ${number}`));
      next++;
      if (next % FRAMES_PER_NOTICE === 0 || next === end) {
        Atomics.store(words, RECEIVED_WORD, next);
        Atomics.notify(words, RECEIVED_WORD);
      }
      if (next < end) return;
      port.off('message', receive);
      resolve(mediaClock.nowUs() - startedUs);
    };
    port.on('message', receive);
  });
}

answerMessages(consume);
