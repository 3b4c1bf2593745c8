import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { threadNames } from '../../server/runtime/frame/name-table.ts';
import { createSegment } from '../../server/runtime/frame/segment.ts';
import type { LaneId } from '../../server/runtime/ids.ts';
import { createHeartbeats } from '../../server/runtime/lane/lane-heartbeat.ts';
import type { LaneStart } from '../../server/runtime/lane/messages.ts';
import { createCommandSlots } from '../../server/runtime/queue/command-slots.ts';

/*
 * A program of its own, so that the memory of other threads is not in its figures: starts threads that do nothing,
 * twice as many as it is asked for, and tells its parent what the second half cost.
 */

/** From the parent. */
export interface IdleThreadsRequest {
  /** The compiled entry of a lane; a bare worker where there is none. */
  readonly laneEntry?: string;
  readonly threads: number;
}

/** To the parent: what one thread cost. */
export interface IdleThreadsCost {
  readonly residentMb: number;
  readonly heapMb: number;
  /** From the constructor of the worker to its first message. The median. */
  readonly startMs: number;
}

/** Until the memory of what was started has settled. */
const SETTLE_MS = 500;
const BARE = new URL('../threads/bare.mjs', import.meta.url);

function laneStarts(): (index: number) => LaneStart {
  const segment = createSegment(64 * 1024 * 1024);
  const shared = {
    segmentId: segment.id,
    names: threadNames().memory,
    commandSlots: createCommandSlots(256),
    heartbeats: createHeartbeats(256),
  };
  return (laneIndex) => ({
    laneId: `lane-${laneIndex}` as LaneId,
    laneIndex,
    priority: undefined,
    registries: [],
    shared,
    checkpointIntervalMs: 1_000,
    logLevels: { '': 'silent' },
  });
}

async function measure({ laneEntry, threads }: IdleThreadsRequest): Promise<IdleThreadsCost> {
  const startOf = laneStarts();
  const workers: Worker[] = [];
  const startMs: number[] = [];
  const startThreads = async () => {
    for (let i = 0; i < threads; i++) {
      const startedMs = performance.now();
      const workerData = laneEntry === undefined ? undefined : startOf(workers.length + 1);
      const worker = new Worker(laneEntry === undefined ? BARE : new URL(laneEntry), { workerData });
      await once(worker, 'message');
      startMs.push(performance.now() - startedMs);
      workers.push(worker);
    }
    await pause(SETTLE_MS);
    return process.memoryUsage.rss();
  };
  const before = await startThreads();
  const after = await startThreads();
  const heaps = await Promise.all(workers.map((worker) => worker.getHeapStatistics()));
  await Promise.all(workers.map((worker) => worker.terminate()));
  startMs.sort((a, b) => a - b);
  return {
    residentMb: (after - before) / threads / 1e6,
    heapMb: heaps.reduce((sum, { used_heap_size }) => sum + used_heap_size, 0) / heaps.length / 1e6,
    startMs: startMs[threads] as number,
  };
}

process.once('message', async (request: IdleThreadsRequest) => {
  process.send?.(await measure(request));
  process.disconnect();
});
