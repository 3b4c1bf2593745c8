import type { Graph } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { GraphChange, Impact } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { Processor } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { GetPlanResponse, PlannedMove, RuntimeState } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { CommandCase, CommandInit, CommandOptions, ResultOf } from './commands.ts';
import type { InputPortRef, LinkId, OutputPortRef, ProcessorId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Delivery, LanePriority } from './vocabulary.ts';

/** What an accepted edit tells. */
export interface Outcome {
  readonly revision: bigint;
  /** Whether it runs; false while nothing runs, and unless `wait: 'effective'` was asked for. */
  readonly effective: boolean;
  /** The command found nothing to do and made no revision. */
  readonly unchanged: boolean;
  /** What the edit cost the links it touched; with `wait: 'effective'`. */
  readonly impacts: readonly Impact[];
  readonly changes: readonly GraphChange[];
}

/** What a replan moves, or moved. It makes no revision. */
export interface ReplanOutcome extends Outcome {
  readonly moves: readonly PlannedMove[];
}

/** A processor to add. Only `type` is needed. */
export interface ProcessorRequest {
  readonly type: string;
  readonly config?: JsonObject;
  /** Made from the type's name if absent. */
  readonly id?: string;
  readonly displayName?: string;
  readonly placement?: { readonly lane?: string; readonly priority?: LanePriority };
  readonly labels?: Readonly<Record<string, string>>;
  readonly paused?: boolean;
}

/** What of a processor to change; what is absent stays. */
export interface ProcessorChange {
  /** A JSON merge patch (RFC 7396): null returns a key to its default. */
  readonly config?: JsonObject;
  /** Takes `config` as the whole config. */
  readonly replaceConfig?: boolean;
  readonly displayName?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** How a link is to behave; absent takes the input port's profile and 64 frames. */
export interface LinkRequest {
  readonly id?: string;
  readonly delivery?: Delivery;
  readonly capacityFrames?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What of a link to change; what is absent stays. */
export type LinkChange = Pick<LinkRequest, 'delivery' | 'capacityFrames'>;

/** What a replan is to do. */
export interface ReplanRequest {
  /** Default false. */
  readonly dryRun?: boolean;
}

/** How to stop. */
export interface StopOptions extends CommandOptions {
  /** How long frames on their way may still arrive, default 5,000. */
  readonly drainTimeoutMs?: number;
}

/**
 * Everything that can be done to a running graph. `StreamRuntime` implements it directly, `RuntimeProxy` from any
 * other thread through the command queue; code looks the same with either. Every call settles later, also in
 * `process`, which must not wait for it. Failures are StreamlibErrors.
 */
export interface RuntimeOperations {
  /** The one way to the runtime loop; the methods below only write its commands in fewer words. */
  execute<C extends CommandCase>(
    command: Extract<CommandInit, { case: C }>,
    options?: CommandOptions,
  ): Promise<ResultOf<C>>;
  addProcessor(
    request: ProcessorRequest,
    options?: CommandOptions,
  ): Promise<Outcome & { processorId: ProcessorId; processor: Processor }>;
  removeProcessor(id: string, options?: CommandOptions): Promise<Outcome>;
  updateProcessor(
    id: string,
    change: ProcessorChange,
    options?: CommandOptions,
  ): Promise<Outcome & { processor: Processor }>;
  pauseProcessor(id: string, options?: CommandOptions): Promise<Outcome>;
  resumeProcessor(id: string, options?: CommandOptions): Promise<Outcome>;
  restartProcessor(id: string, options?: CommandOptions): Promise<Outcome>;
  connect(
    from: OutputPortRef,
    to: InputPortRef,
    request?: LinkRequest,
    options?: CommandOptions,
  ): Promise<Outcome & { linkId: LinkId; link: Link }>;
  updateLink(id: string, change: LinkChange, options?: CommandOptions): Promise<Outcome & { link: Link }>;
  disconnect(id: string, options?: CommandOptions): Promise<Outcome>;
  /** Where everything runs and why, and what a fresh plan would move. */
  getPlan(options?: CommandOptions): Promise<GetPlanResponse>;
  /**
   * Moves processors to where a fresh plan puts them, by what was measured; each is restarted there. `dryRun` answers
   * what that would touch and changes nothing.
   */
  replan(request?: ReplanRequest, options?: CommandOptions): Promise<ReplanOutcome>;
  start(options?: CommandOptions): Promise<RuntimeState>;
  stop(options?: StopOptions): Promise<RuntimeState>;
  pause(options?: CommandOptions): Promise<RuntimeState>;
  resume(options?: CommandOptions): Promise<RuntimeState>;
  getState(options?: CommandOptions): Promise<RuntimeState>;
  getProcessor(id: string, options?: CommandOptions): Promise<Processor>;
  listProcessors(options?: CommandOptions): Promise<Processor[]>;
  getLink(id: string, options?: CommandOptions): Promise<Link>;
  listLinks(options?: CommandOptions): Promise<Link[]>;
  getGraph(options?: CommandOptions): Promise<Graph>;
}
