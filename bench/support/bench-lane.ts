import { LaneHandle } from '../../server/runtime/commit/lane-handle.ts';
import { threadNames } from '../../server/runtime/frame/name-table.ts';
import { createSegment } from '../../server/runtime/frame/segment.ts';
import type { LaneId, ProcessorId } from '../../server/runtime/ids.ts';
import { createHeartbeats } from '../../server/runtime/lane/lane-heartbeat.ts';
import { UNSUPERVISED } from '../../server/runtime/lane/lane-supervision.ts';
import type { FromLane } from '../../server/runtime/lane/messages.ts';
import { createProcessorCounters } from '../../server/runtime/lane/processor-counters.ts';
import { createCommandSlots } from '../../server/runtime/queue/command-slots.ts';
import { BENCH_REGISTRIES } from './bench-runtime.ts';

/** 0 is the main thread. */
const LANE_INDEX = 1;

/** Starts a real lane outside any runtime, which hosts one processor. Throws when that fails. */
export async function startBenchLane(
  processorType: string,
  onMessage: (message: FromLane) => void,
): Promise<LaneHandle> {
  const segment = createSegment(16 * 1024 * 1024);
  const start = {
    laneId: 'bench' as LaneId,
    laneIndex: LANE_INDEX,
    priority: undefined,
    registries: BENCH_REGISTRIES,
    shared: {
      segmentId: segment.id,
      names: threadNames().memory,
      commandSlots: createCommandSlots(256),
      heartbeats: createHeartbeats(LANE_INDEX + 1),
    },
    checkpointIntervalMs: 1_000,
    logLevels: { '': 'silent' },
  } as const;
  const lane = new LaneHandle(start, {
    kind: 'dedicated',
    pooled: false,
    segment,
    listener: {
      onMessage: (_, message) => onMessage(message),
      onLost: (_, exit) => {
        throw new Error(`the lane was lost: ${exit.message}`);
      },
    },
  });
  const processorId = 'processor' as ProcessorId;
  const counters = createProcessorCounters();
  const firstStart = { instance: 1, startNumber: 1, paused: false, checkpoint: undefined };
  const supervision = UNSUPERVISED;
  const processor = {
    processorId,
    processorType,
    config: {},
    ...firstStart,
    counters,
    supervision,
    isProbe: false,
  };
  const results = await lane.control([
    { step: 'host', processor },
    { step: 'activate', processorId },
  ]);
  for (const { error } of results)
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
  return lane;
}
