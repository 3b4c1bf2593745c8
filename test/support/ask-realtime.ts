import { parentPort } from 'node:worker_threads';
import { threadSetRealtime } from '../../native/index.ts';

/* Run as a worker thread: tells whether this machine lets a thread be realtime, null or the reason. */
parentPort?.postMessage(threadSetRealtime(1));
