import { parentPort, workerData } from 'node:worker_threads';
import { inlineDeeply } from './deep-inlining.ts';
import { LaneHost } from './lane-host.ts';
import type { LaneStart, ToLane } from './messages.ts';
import { setThreadPriority } from './thread-priority.ts';

/* What a lane's thread runs. Its workerData is a LaneStart; its messages are those of messages.ts. */

const port = parentPort;
if (port === null) throw new Error('lane-entry runs in a worker thread only');
const start = workerData as LaneStart;

inlineDeeply();
const refusal = start.priority && setThreadPriority(start.priority);
const host = new LaneHost({ start, send: (message) => port.postMessage(message), mode: 'thread' });
if (refusal !== undefined) host.warn(`lane ${start.laneId}: ${refusal}`);

process.on('uncaughtException', (error) => host.reportEscapedError(error));
process.on('unhandledRejection', (reason) => host.reportEscapedError(reason));

port.on('message', (message: ToLane) => host.receive(message));
// NB: what a processor forgot to close must not keep the thread.
host.closed.then(() => process.exit());
