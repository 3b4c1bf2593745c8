import { parentPort } from 'node:worker_threads';

/* A thread that can be sent messages and does nothing. */

parentPort.on('message', () => {});
parentPort.postMessage('ready');
