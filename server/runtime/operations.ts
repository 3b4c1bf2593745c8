import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CommandContextSchema,
  CommandResult,
  RuntimeCommand,
  RuntimeCommandSchema,
} from '../../gen/ts/streamlib/v1/command_pb.ts';
import type { Graph, UpdateLinkSchema } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { Link, LinkSpecSchema } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { GraphChange, Impact } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { Processor, ProcessorSpecSchema } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { GetPlanResponse, PlannedMove, RuntimeState } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { InputPortRef, LinkId, OutputPortRef, ProcessorId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { Delivery, LanePriority, OnFailure, Wait } from './vocabulary.ts';
import { DELIVERIES, LANE_PRIORITIES, numberOf, ON_FAILURES, WAITS } from './vocabulary.ts';

/** The members of the command oneof: `addProcessor`, `getState`, …. */
export type CommandCase = NonNullable<RuntimeCommand['command']['case']>;
/** A command as plain data: a member of the oneof with its fields. */
export type CommandInit = NonNullable<MessageInitShape<typeof RuntimeCommandSchema>['command']> & {
  case: CommandCase;
};
type ResultOneof = CommandResult['result'];
type ResultCase = NonNullable<ResultOneof['case']>;

/** Which member of the result oneof answers which command. */
export const RESULT_OF = {
  addProcessor: 'processorAdded',
  removeProcessor: 'processorRemoved',
  updateProcessor: 'processorUpdated',
  replaceProcessor: 'processorReplaced',
  pauseProcessor: 'processorPaused',
  resumeProcessor: 'processorResumed',
  connect: 'connected',
  disconnect: 'disconnected',
  updateLink: 'linkUpdated',
  restartProcessor: 'processorRestarted',
  start: 'started',
  stop: 'stopped',
  pause: 'paused',
  resume: 'resumed',
  getState: 'state',
  applyGraph: 'graphApplied',
  replanGraph: 'graphReplanned',
  getProcessor: 'processor',
  listProcessors: 'processors',
  getLink: 'link',
  listLinks: 'links',
  getGraph: 'graph',
  getPlan: 'plan',
  listRevisions: 'revisions',
  diffRevisions: 'revisionDiff',
  listProcessorTypes: 'processorTypes',
  getProcessorType: 'processorType',
  pipeline: 'pipeline',
  runner: 'runner',
  strategy: 'strategy',
  backtest: 'backtest',
} as const satisfies Record<CommandCase, ResultCase>;

/** The answer to a command. */
export type ResultOf<C extends CommandCase> = Extract<ResultOneof, { case: (typeof RESULT_OF)[C] }>['value'];

/** Commands that only read; they have a bound of their own in the queue and never make a revision. */
export const READS: ReadonlySet<CommandCase> = new Set<CommandCase>([
  'getState',
  'getProcessor',
  'listProcessors',
  'getLink',
  'listLinks',
  'getGraph',
  'getPlan',
  'listRevisions',
  'diffRevisions',
  'listProcessorTypes',
  'getProcessorType',
]);

/** What surrounds a command: who sends it and how it shall be answered. */
export interface CommandOptions {
  /** The same id and payload give the stored answer, and nothing is done twice. */
  readonly requestId?: string;
  /** The owner's last revision as the caller knows it; the command fails with REVISION_MISMATCH if it is another. */
  readonly expectedRevision?: bigint;
  /** Default `accepted`; start, stop, pause and resume answer when the state is reached unless told `accepted`. */
  readonly wait?: Wait;
  /** Default `keep`. */
  readonly onFailure?: OnFailure;
  /** Milliseconds since the Unix epoch. After this the command is not executed, and waiting ends. */
  readonly deadlineMs?: number;
  readonly actor?: string;
  readonly traceparent?: string;
  /** Whose part of the graph is edited. Default: the user's. */
  readonly owner?: string;
}

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

const LARGEST_PAGE = 10_000;

/**
 * The operations over a way to send commands, which is the only thing in which their two implementations differ.
 */
export abstract class Operations implements RuntimeOperations {
  /** Brings a command to the runtime loop; resolves with the value of its result, or rejects with a StreamlibError. */
  protected abstract send(command: CommandInit, options: CommandOptions): Promise<unknown>;

  execute<C extends CommandCase>(
    command: Extract<CommandInit, { case: C }>,
    options: CommandOptions = {},
  ): Promise<ResultOf<C>> {
    // The answer's member belongs to the command's: RESULT_OF holds them together where results are unpacked.
    return this.send(command, options) as Promise<ResultOf<C>>;
  }

  async addProcessor(request: ProcessorRequest, options?: CommandOptions) {
    const { type, id, placement, labels, config, displayName, paused } = request;
    const processor: MessageInitShape<typeof ProcessorSpecSchema> = {
      processorType: type,
      processorId: id,
      config,
      displayName,
      paused,
      labels: { ...labels },
      placement: placement && {
        lane: placement.lane,
        priority: numberOf(LANE_PRIORITIES, placement.priority),
      },
    };
    const result = await this.execute({ case: 'addProcessor', value: { processor } }, options);
    return {
      ...outcomeOf(result.outcome),
      processorId: result.processorId as ProcessorId,
      processor: result.processor as Processor,
    };
  }

  async removeProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'removeProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async updateProcessor(processorId: string, change: ProcessorChange, options?: CommandOptions) {
    const { config, replaceConfig, displayName, labels } = change;
    const updateMask = labels && { paths: ['labels'] };
    const value = { processorId, config, replaceConfig, displayName, labels: { ...labels }, updateMask };
    const result = await this.execute({ case: 'updateProcessor', value }, options);
    return { ...outcomeOf(result.outcome), processor: result.processor as Processor };
  }

  async pauseProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'pauseProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async resumeProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'resumeProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async restartProcessor(processorId: string, options?: CommandOptions) {
    return outcomeOf(
      (await this.execute({ case: 'restartProcessor', value: { processorId } }, options)).outcome,
    );
  }

  async connect(from: OutputPortRef, to: InputPortRef, request: LinkRequest = {}, options?: CommandOptions) {
    const link: MessageInitShape<typeof LinkSpecSchema> = {
      linkId: request.id,
      fromProcessor: from.processorId,
      fromPort: from.port,
      toProcessor: to.processorId,
      toPort: to.port,
      delivery: numberOf(DELIVERIES, request.delivery),
      capacityFrames: request.capacityFrames,
      labels: { ...request.labels },
    };
    const result = await this.execute({ case: 'connect', value: { link } }, options);
    return { ...outcomeOf(result.outcome), linkId: result.linkId as LinkId, link: result.link as Link };
  }

  async updateLink(linkId: string, change: LinkChange, options?: CommandOptions) {
    const value: MessageInitShape<typeof UpdateLinkSchema> = {
      linkId,
      delivery: change.delivery && numberOf(DELIVERIES, change.delivery),
      capacityFrames: change.capacityFrames,
    };
    const result = await this.execute({ case: 'updateLink', value }, options);
    return { ...outcomeOf(result.outcome), link: result.link as Link };
  }

  async disconnect(linkId: string, options?: CommandOptions) {
    return outcomeOf((await this.execute({ case: 'disconnect', value: { linkId } }, options)).outcome);
  }

  getPlan(options?: CommandOptions): Promise<GetPlanResponse> {
    return this.execute({ case: 'getPlan', value: {} }, options);
  }

  async replan({ dryRun = false }: ReplanRequest = {}, options?: CommandOptions) {
    const { moves, outcome } = await this.execute({ case: 'replanGraph', value: { dryRun } }, options);
    return { ...outcomeOf(outcome), moves };
  }

  start(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'start', value: {} }, options);
  }

  stop(options: StopOptions = {}): Promise<RuntimeState> {
    const { drainTimeoutMs: ms, ...rest } = options;
    const drainTimeout = ms === undefined ? undefined : secondsAndNanos(ms);
    return this.execute({ case: 'stop', value: { drainTimeout } }, rest);
  }

  pause(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'pause', value: {} }, options);
  }

  resume(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'resume', value: {} }, options);
  }

  getState(options?: CommandOptions): Promise<RuntimeState> {
    return this.execute({ case: 'getState', value: {} }, options);
  }

  async getProcessor(processorId: string, options?: CommandOptions) {
    return (await this.execute({ case: 'getProcessor', value: { processorId } }, options))
      .processor as Processor;
  }

  async listProcessors(options?: CommandOptions) {
    const all: Processor[] = [];
    for (let pageToken = ''; ; ) {
      const value = { pageSize: LARGEST_PAGE, pageToken };
      const page = await this.execute({ case: 'listProcessors', value }, options);
      all.push(...page.processors);
      pageToken = page.nextPageToken;
      if (pageToken === '') return all;
    }
  }

  async getLink(linkId: string, options?: CommandOptions) {
    return (await this.execute({ case: 'getLink', value: { linkId } }, options)).link as Link;
  }

  async listLinks(options?: CommandOptions) {
    const all: Link[] = [];
    for (let pageToken = ''; ; ) {
      const value = { pageSize: LARGEST_PAGE, pageToken };
      const page = await this.execute({ case: 'listLinks', value }, options);
      all.push(...page.links);
      pageToken = page.nextPageToken;
      if (pageToken === '') return all;
    }
  }

  async getGraph(options?: CommandOptions) {
    return (await this.execute({ case: 'getGraph', value: {} }, options)).graph as Graph;
  }
}

function outcomeOf(outcome: Outcome | undefined): Outcome {
  if (outcome === undefined) throw new TypeError('the answer to an edit has no outcome');
  const { revision, effective, unchanged, impacts, changes } = outcome;
  return { revision, effective, unchanged, impacts, changes };
}

/** The options as the message that crosses the queue. */
export function contextOf(options: CommandOptions): MessageInitShape<typeof CommandContextSchema> {
  const { requestId, expectedRevision, actor, traceparent, owner, deadlineMs } = options;
  return {
    requestId,
    expectedRevision,
    actor,
    traceparent,
    owner,
    wait: numberOf(WAITS, options.wait),
    onFailure: numberOf(ON_FAILURES, options.onFailure),
    deadline: deadlineMs === undefined ? undefined : secondsAndNanos(deadlineMs),
  };
}

function secondsAndNanos(ms: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.floor((ms % 1000) * 1e6) };
}
