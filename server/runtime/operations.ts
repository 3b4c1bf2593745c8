import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CommandContextSchema,
  CommandResult,
  RuntimeCommand,
  RuntimeCommandSchema,
} from '../../gen/ts/streamlib/v1/command_pb.ts';
import type { Graph } from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { Link } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { GraphChange, Impact } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import type { Processor } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { RuntimeState } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
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
  removeProcessor(id: ProcessorId | string, options?: CommandOptions): Promise<Outcome>;
  updateProcessor(
    id: ProcessorId | string,
    change: ProcessorChange,
    options?: CommandOptions,
  ): Promise<Outcome & { processor: Processor }>;
  pauseProcessor(id: ProcessorId | string, options?: CommandOptions): Promise<Outcome>;
  resumeProcessor(id: ProcessorId | string, options?: CommandOptions): Promise<Outcome>;
  restartProcessor(id: ProcessorId | string, options?: CommandOptions): Promise<Outcome>;
  connect(
    from: OutputPortRef,
    to: InputPortRef,
    request?: LinkRequest,
    options?: CommandOptions,
  ): Promise<Outcome & { linkId: LinkId; link: Link }>;
  updateLink(
    id: LinkId | string,
    change: { delivery?: Delivery; capacityFrames?: number },
    options?: CommandOptions,
  ): Promise<Outcome & { link: Link }>;
  disconnect(id: LinkId | string, options?: CommandOptions): Promise<Outcome>;
  start(options?: CommandOptions): Promise<RuntimeState>;
  stop(options?: CommandOptions & { drainTimeoutMs?: number }): Promise<RuntimeState>;
  pause(options?: CommandOptions): Promise<RuntimeState>;
  resume(options?: CommandOptions): Promise<RuntimeState>;
  getState(options?: CommandOptions): Promise<RuntimeState>;
  getProcessor(id: ProcessorId | string, options?: CommandOptions): Promise<Processor>;
  listProcessors(options?: CommandOptions): Promise<Processor[]>;
  getLink(id: LinkId | string, options?: CommandOptions): Promise<Link>;
  listLinks(options?: CommandOptions): Promise<Link[]>;
  getGraph(options?: CommandOptions): Promise<Graph>;
}

/** How commands reach the runtime loop; the only thing in which its two implementations differ. */
export type ExecuteCommand = (command: CommandInit, options: CommandOptions) => Promise<unknown>;

const LARGEST_PAGE = 10_000;

/** Makes the operations over a way to execute commands. */
export function createOperations(send: ExecuteCommand): RuntimeOperations {
  const execute: RuntimeOperations['execute'] = (command, options = {}) =>
    // The answer's member belongs to the command's: RESULT_OF holds them together where results are unpacked.
    send(command, options) as Promise<never>;

  return {
    execute,
    async addProcessor(request, options) {
      const { type, id, placement, ...rest } = request;
      const processor = {
        ...rest,
        processorType: type,
        processorId: id ?? '',
        labels: { ...request.labels },
        placement: placement && {
          lane: placement.lane ?? '',
          priority: numberOf(LANE_PRIORITIES, placement.priority),
        },
      };
      const result = await execute({ case: 'addProcessor', value: { processor } }, options);
      return {
        ...outcomeOf(result.outcome),
        processorId: result.processorId as ProcessorId,
        processor: result.processor as Processor,
      };
    },
    async removeProcessor(processorId, options) {
      return outcomeOf((await execute({ case: 'removeProcessor', value: { processorId } }, options)).outcome);
    },
    async updateProcessor(processorId, change, options) {
      const value = {
        ...change,
        processorId,
        labels: { ...change.labels },
        updateMask: change.labels && { paths: ['labels'] },
      };
      const result = await execute({ case: 'updateProcessor', value }, options);
      return { ...outcomeOf(result.outcome), processor: result.processor as Processor };
    },
    async pauseProcessor(processorId, options) {
      return outcomeOf((await execute({ case: 'pauseProcessor', value: { processorId } }, options)).outcome);
    },
    async resumeProcessor(processorId, options) {
      return outcomeOf((await execute({ case: 'resumeProcessor', value: { processorId } }, options)).outcome);
    },
    async restartProcessor(processorId, options) {
      return outcomeOf((await execute({ case: 'restartProcessor', value: { processorId } }, options)).outcome);
    },
    async connect(from, to, request = {}, options) {
      const link = {
        linkId: request.id ?? '',
        fromProcessor: from.processorId,
        fromPort: from.port,
        toProcessor: to.processorId,
        toPort: to.port,
        delivery: numberOf(DELIVERIES, request.delivery),
        capacityFrames: request.capacityFrames ?? 0,
        labels: { ...request.labels },
      };
      const result = await execute({ case: 'connect', value: { link } }, options);
      return { ...outcomeOf(result.outcome), linkId: result.linkId as LinkId, link: result.link as Link };
    },
    async updateLink(linkId, change, options) {
      const value = {
        linkId,
        delivery: change.delivery && numberOf(DELIVERIES, change.delivery),
        capacityFrames: change.capacityFrames,
      };
      const result = await execute({ case: 'updateLink', value }, options);
      return { ...outcomeOf(result.outcome), link: result.link as Link };
    },
    async disconnect(linkId, options) {
      return outcomeOf((await execute({ case: 'disconnect', value: { linkId } }, options)).outcome);
    },
    start: (options) => execute({ case: 'start', value: {} }, options),
    stop(options) {
      const ms = options?.drainTimeoutMs;
      const drainTimeout =
        ms === undefined
          ? undefined
          : { seconds: BigInt(Math.trunc(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) };
      return execute({ case: 'stop', value: { drainTimeout } }, options);
    },
    pause: (options) => execute({ case: 'pause', value: {} }, options),
    resume: (options) => execute({ case: 'resume', value: {} }, options),
    getState: (options) => execute({ case: 'getState', value: {} }, options),
    async getProcessor(processorId, options) {
      const result = await execute({ case: 'getProcessor', value: { processorId } }, options);
      return result.processor as Processor;
    },
    async listProcessors(options) {
      const all: Processor[] = [];
      for (let pageToken = ''; ; ) {
        const value = { pageSize: LARGEST_PAGE, pageToken };
        const page = await execute({ case: 'listProcessors', value }, options);
        all.push(...page.processors);
        pageToken = page.nextPageToken;
        if (pageToken === '') return all;
      }
    },
    async getLink(linkId, options) {
      return (await execute({ case: 'getLink', value: { linkId } }, options)).link as Link;
    },
    async listLinks(options) {
      const all: Link[] = [];
      for (let pageToken = ''; ; ) {
        const page = await execute({ case: 'listLinks', value: { pageSize: LARGEST_PAGE, pageToken } }, options);
        all.push(...page.links);
        pageToken = page.nextPageToken;
        if (pageToken === '') return all;
      }
    },
    async getGraph(options) {
      return (await execute({ case: 'getGraph', value: {} }, options)).graph as Graph;
    },
  };
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
    deadline:
      deadlineMs === undefined
        ? undefined
        : { seconds: BigInt(Math.floor(deadlineMs / 1000)), nanos: Math.floor(deadlineMs % 1000) * 1e6 },
  };
}
