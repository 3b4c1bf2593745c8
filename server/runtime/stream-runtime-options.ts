import type {
  GetMetricsRequest,
  GetMetricsResponse,
  PipelineStats,
} from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import type { CheckpointStore } from './commit/checkpoint-store.ts';
import type { EventBus } from './events/bus.ts';
import type { EventContext, EventPayload } from './events/event-log.ts';
import type { Graph } from './graph/index.ts';
import type { Log } from './logging.ts';
import type { RoomHandlers } from './loop/command-rooms.ts';
import type { RuntimeOperations } from './operations.ts';
import type { ProcessorRegistry } from './registry/index.ts';
import type { RestartBudgetLimits } from './supervision/restart-budget.ts';
import type { FinalFailure } from './supervision/restart-supervisor.ts';

/** What rooms beside the runtime see of it. */
export interface RoomRuntime extends RuntimeOperations {
  readonly events: EventBus;
}

/** What rooms need of the runtime beside its operations. */
export interface RoomInternals {
  readonly types: ProcessorRegistry;
  /** Addresses of the lists of processor types, as lanes load them. */
  readonly registries: readonly string[];
  /** Where the runtime keeps its state; undefined where it keeps none. */
  readonly stateDirectory: string | undefined;
  /** Whether nothing may be written there. */
  readonly stateReadOnly: boolean;
  /** The newest graph that is durable, with what is secret in it. */
  graph(): Graph;
  /** What every part does, in numbers, with the given pools. Throws ID_INVALID naming `owner`. */
  measure(request: GetMetricsRequest, pools: readonly PipelineStats[]): GetMetricsResponse;
  /**
   * Calls a listener for each processor that has failed and does not come back by itself; that is before its events are
   * heard.
   */
  onFinalFailure(listener: (failure: FinalFailure) => void): Disposable;
  /** Whether a processor is failed at this moment, and not only by the events that were heard so far. */
  isFailed(processorId: string): boolean;
  /** Ends the sources of an owner: what follows them ends when it has read everything. */
  endSources(owner: string): void;
  /** Records an event. What it reports must be visible to reads already. */
  emit(payload: EventPayload, context: EventContext): void;
}

/** How a runtime is made. Everything has a default. */
export interface StreamRuntimeOptions {
  /** Addresses of modules that export `processorTypes`; lanes load them too. */
  readonly registries?: readonly string[];
  /** Default: as STREAMLIB_LOG says, on standard error. */
  readonly log?: Log;
  /** How many lanes there may be, default 32. */
  readonly maxLanes?: number;
  /** What all frames together may take, default 1 GiB; memory that no frame has reached costs nothing. */
  readonly frameMemoryBytes?: number;
  /**
   * Where the graph, its history and the answers to requests are kept over restarts; one runtime per directory. Default:
   * nowhere, and everything is gone with the process.
   */
  readonly stateDirectory?: string | undefined;
  /** Takes what is intact of a state and refuses every change; it writes nothing. Default false. */
  readonly stateReadOnly?: boolean;
  /** false leaves calling `pollCommands` to a host with a loop of its own. Default true. */
  readonly autoPoll?: boolean;
  /** How long a lane may take to let a processor go before its thread is ended, default 2,000. */
  readonly unresponsiveMs?: number;
  /** How long a commit waits for setups, default 30,000. */
  readonly setupTimeoutMs?: number;
  /** How often the runtime looks at what processors cost and links carry, default 2,000; plans use three intervals. */
  readonly loadIntervalMs?: number;
  /**
   * How often processors are asked for their state, 10 to 86,400,000, default 1,000: what a crash may cost. Restarts that
   * are asked for lose nothing, whatever it is.
   */
  readonly checkpointIntervalMs?: number;
  /**
   * Whether calls of processors are timed, default true. Without it there are no process times, busy shares and path
   * latencies, plans know no loads but estimates, and frames are counted all the same.
   */
  readonly measured?: boolean;
  /** How often counters are looked at for rates, default 1,000; these are taken over two to three of it. */
  readonly metricsIntervalMs?: number;
  /**
   * How many restarts of failed processors the whole graph may have within a sliding window, default 100 within 10,000
   * ms; beyond, what fails stays failed.
   */
  readonly restartBudget?: RestartBudgetLimits;
  /** What the dead letters of all processors may take, default 64 MiB. */
  readonly deadLetterBytes?: number;
  /** What it begins with, and where it goes; default: an empty one that ends with the process. */
  readonly checkpoints?: CheckpointStore;
  /** Makes what executes the commands of rooms beside the runtime, as pipelines; default: they are UNIMPLEMENTED. */
  readonly rooms?: (runtime: RoomRuntime, internals: RoomInternals) => RoomHandlers;
}
