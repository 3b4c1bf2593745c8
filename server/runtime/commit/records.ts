import type { PlainError } from '../errors.ts';
import type { LinkSpec, ProcessorSpec } from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { createUnmeasuredCounters } from '../lane/processor-counters.ts';
import type { LinkCounters } from '../link/link-counters.ts';
import type { RingMemory } from '../link/ring-memory.ts';
import type { Delivery, ProcessorState, Transport } from '../vocabulary.ts';
import type { LaneHandle } from './lane-handle.ts';

/** How far the restarts of a processor have come. */
export interface RestartStatus {
  /** Restarts since it last ran without trouble. */
  readonly attempts: number;
  /** When it is set up again, milliseconds since the Unix epoch; undefined unless it waits for that. */
  readonly nextAttemptMs: number | undefined;
}

/** What the runtime observes of a processor, from its acceptance to its removal. */
export interface ProcessorRecord {
  /** As the graph has it. */
  spec: ProcessorSpec;
  /** As its lane has it; undefined while no lane hosts it. */
  applied: ProcessorSpec | undefined;
  lane: LaneHandle | undefined;
  state: ProcessorState;
  error: PlainError | undefined;
  /** Counted up with each start; 0 before the first. */
  instance: number;
  restarts: number;
  /** Whether its lane was told to set it up and has not said how that ended. */
  isSettingUp: boolean;
  /** Whether its lane was told to call it. */
  isActivated: boolean;
  /** Tells each start of each processor apart, for the heartbeat of its lane; 0 before the first. */
  startNumber: number;
  /** Why it is started next, where the edit itself does not say: `lane_lost`, `replan`, …. */
  startReason: string;
  /** How far its restarts have come; undefined before the first. */
  restartStatus: RestartStatus | undefined;
  /** The spec that it waits with to be set up again, while its state is `backoff` or `open`. */
  waitsWith: ProcessorSpec | undefined;
  /** Whether its next instance is the probe of a circuit breaker. */
  isProbe: boolean;
  /** Whether a rollback made it, and it is to go on with the state of the one that was removed. */
  isBroughtBack: boolean;
  /** See lane/processor-counters.ts; kept over restarts, and replaced when a lane is first given it to be measured. */
  counters: SharedArrayBuffer;
  readonly createdMs: number;
  updatedMs: number;
}

/** The record of a processor that was just accepted. */
export const createProcessorRecord = (
  spec: ProcessorSpec,
  nowMs: number,
  isBroughtBack = false,
): ProcessorRecord => ({
  spec,
  applied: undefined,
  lane: undefined,
  state: 'pending',
  error: undefined,
  instance: 0,
  restarts: 0,
  isSettingUp: false,
  isActivated: false,
  startNumber: 0,
  startReason: '',
  restartStatus: undefined,
  waitsWith: undefined,
  isProbe: false,
  isBroughtBack,
  counters: createUnmeasuredCounters(),
  createdMs: nowMs,
  updatedMs: nowMs,
});

/** How a link is wired now. */
export interface Wiring {
  readonly transport: Transport;
  /** As the lanes have it: what the link says, or else its port. */
  readonly delivery: Delivery;
  readonly from: LaneHandle;
  readonly to: LaneHandle;
  /** Of transport `ring`: those that frames may lie in, the one that is written last. */
  readonly rings: RingMemory[];
}

/** What the runtime observes of a link, from its acceptance to its removal. */
export interface LinkRecord {
  /** As the graph has it. */
  spec: LinkSpec;
  /** As its lanes have it; undefined while it is not wired. */
  applied: LinkSpec | undefined;
  wiring: Wiring | undefined;
  /** Where the producing end waits for a consumer that is away; see the step `suspend`. */
  suspendedIn: LaneHandle | undefined;
  /** What the ports say; a processor that is replaced brings others. */
  frameType: string;
  portDelivery: Delivery;
  /** Kept over rewirings. */
  readonly counters: LinkCounters;
  /** See link/link-latency.ts; of links to processors that no link leads on from, when they are first wired. */
  latency: SharedArrayBuffer | undefined;
  /** The drops that the last FramesDropped event reported, by reason. */
  reportedDrops: Readonly<Record<string, number>>;
  readonly createdMs: number;
  updatedMs: number;
}

/** Everything that is observed. The processors that the server itself adds are here and in no graph. */
export interface Records {
  readonly processors: Map<ProcessorId, ProcessorRecord>;
  readonly links: Map<LinkId, LinkRecord>;
}

/** What changed in the graph since the last commit. Retired records are in no map any more. */
export interface CommitWork {
  readonly processors: Set<ProcessorId>;
  readonly links: Set<LinkId>;
  readonly retiredProcessors: ProcessorRecord[];
  readonly retiredLinks: LinkRecord[];
}

/** No work yet. */
export const emptyWork = (): CommitWork => ({
  processors: new Set(),
  links: new Set(),
  retiredProcessors: [],
  retiredLinks: [],
});

/** Whether the processor belongs to the graph, and not to the server itself. */
export const isUserProcessor = (record: ProcessorRecord): boolean => record.spec.owner !== 'system';

/** Notes that a lane hosts a processor from now on. */
export function place(record: ProcessorRecord, lane: LaneHandle): void {
  record.lane = lane;
  lane.hosted.add(record);
}

/** Notes that no lane hosts a processor any more. */
export function unplace(record: ProcessorRecord): void {
  record.lane?.hosted.delete(record);
  record.lane = undefined;
  record.applied = undefined;
}
