import { parentPort, workerData } from 'node:worker_threads';

/* Computes while the first word of its memory is 1 and counts its rounds in the second; sleeps while it is 0. */

const RUN_WORD = 0;
const ROUNDS_WORD = 1;
const ROUND = 10_000;

const words = new Int32Array(workerData as SharedArrayBuffer);
parentPort?.postMessage('ready');
for (;;) {
  Atomics.wait(words, RUN_WORD, 0);
  while (Atomics.load(words, RUN_WORD) === 1) {
    let sum = 0;
    for (let i = 0; i < ROUND; i++) sum += Math.sqrt(i);
    // The sum is used, so that the loop stays.
    if (sum > 0) Atomics.add(words, ROUNDS_WORD, 1);
  }
}
