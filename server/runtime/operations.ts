import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DataFrameSchema } from '../../gen/ts/streamlib/v1/frame_pb.ts';
import type { Graph } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { GraphChange, Impact } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { Processor } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { GetPlanResponse, PlannedMove, RuntimeState } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { CommandCase, CommandInit, CommandOptions, ResultOf } from './commands.ts';
import type { InputPortRef, LinkId, OutputPortRef, ProcessorId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Delivery, ErrorPolicy, LanePriority, RestartStrategy } from './vocabulary.ts';

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

/** How failures of a processor are handled; what is absent takes its default. */
export interface SupervisionRequest {
  readonly errorPolicy?: ErrorPolicy;
  /** What `use_default` writes. */
  readonly defaultFrame?: MessageInitShape<typeof DataFrameSchema>;
  readonly restart?: {
    /** Default `never`. */
    readonly strategy?: RestartStrategy;
    /** The first delay, default 100. */
    readonly baseMs?: number;
    /** The longest delay, default 30,000. */
    readonly maxMs?: number;
    /** Default 10; 0 is without end. */
    readonly maxAttempts?: number;
    /** Failures within `windowMs` that open the circuit breaker, default 5. */
    readonly failureThreshold?: number;
    /** Default 60,000. */
    readonly windowMs?: number;
    /** How long an open circuit breaker waits before it probes, default 30,000. */
    readonly halfOpenAfterMs?: number;
  };
  /** A process call that takes longer is reported; absent 10,000, and 0 is off. */
  readonly watchdogMs?: number;
  /** How many dead letters are kept, 1 to 1,000,000, default 1,000; the oldest goes first. */
  readonly maxDeadLetters?: number;
}

/** A processor to add. Only `type` is needed. */
export interface ProcessorRequest {
  readonly type: string;
  /** The version of the type that `config` was written for; absent or 0 is the newest. */
  readonly typeVersion?: number;
  readonly config?: JsonObject;
  /** Made from the type's name if absent. */
  readonly id?: string;
  readonly displayName?: string;
  readonly placement?: { readonly lane?: string; readonly priority?: LanePriority };
  readonly supervision?: SupervisionRequest;
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
  readonly placement?: ProcessorRequest['placement'];
  readonly supervision?: SupervisionRequest;
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

/** One of many edits that are made together. */
export type GraphCommand =
  | ({ readonly kind: 'add_processor' } & ProcessorRequest)
  | ({ readonly kind: 'update_processor'; readonly id: string } & ProcessorChange)
  /** Puts another type in the processor's place; `config` is its whole config, absent keeps the old one. */
  | {
      readonly kind: 'replace_processor';
      readonly id: string;
      readonly type: string;
      readonly config?: JsonObject;
    }
  | {
      readonly kind: 'remove_processor' | 'pause_processor' | 'resume_processor' | 'disconnect';
      readonly id: string;
    }
  | ({ readonly kind: 'connect'; readonly from: OutputPortRef; readonly to: InputPortRef } & LinkRequest)
  | ({ readonly kind: 'update_link'; readonly id: string } & LinkChange);

/** One owner's part of the graph as it shall be. */
export interface TargetRequest {
  readonly processors: readonly (ProcessorRequest & { readonly id: string })[];
  /** One without an id is the link between its ports that is there, or a new one. */
  readonly links: readonly ({ readonly from: OutputPortRef; readonly to: InputPortRef } & LinkRequest)[];
  /** Default: whoever edits. */
  readonly owner?: string;
  /** What the target does not name stays, instead of going. Default false. */
  readonly keepOthers?: boolean;
}

/** Many edits in order, of which later ones may refer to ids of earlier ones, or a target. */
export type ApplyRequest = (
  | { readonly commands: readonly GraphCommand[] }
  | { readonly target: TargetRequest }
) & {
  /** Answers what would happen and changes nothing. Default false. */
  readonly dryRun?: boolean;
};

/** Where a rollback leads. */
export interface RollbackRequest {
  readonly revision: bigint;
  /** Default false. */
  readonly dryRun?: boolean;
}

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
  /**
   * Makes all of the edits as one revision, or none of them. The changes name what it leaves as it is as `kept`; those
   * of a dry run also what would be restarted, with the links that it would touch in `impacts`.
   */
  applyGraph(request: ApplyRequest, options?: CommandOptions): Promise<Outcome>;
  /** Makes one owner's part what it was at an earlier revision, as a new one; `dryRun` tells what that would be. */
  rollback(request: RollbackRequest, options?: CommandOptions): Promise<Outcome>;
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
