import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  CommandContextSchema,
  CommandResult,
  RuntimeCommand,
  RuntimeCommandSchema,
} from '../../gen/ts/streamlib/v1/command_pb.ts';
import type { OnFailure, Wait } from './vocabulary.ts';
import { numberOf, ON_FAILURES, WAITS } from './vocabulary.ts';

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
  rollbackGraph: 'graphRolledBack',
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
  listAuditRecords: 'auditRecords',
  listControlEvents: 'controlEvents',
  pipeline: 'pipeline',
  runner: 'runner',
  strategy: 'strategy',
  backtest: 'backtest',
} as const satisfies Record<CommandCase, ResultCase>;

/** The answer to a command. */
export type ResultOf<C extends CommandCase> = Extract<ResultOneof, { case: (typeof RESULT_OF)[C] }>['value'];

const READS: ReadonlySet<string> = new Set<CommandCase>([
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
  'listAuditRecords',
  'listControlEvents',
]);

/** How the commands of rooms that only read are called. */
const ROOM_READ = /^(get|list|validate)[A-Z]/;

/** Whether a command only reads; those have a bound of their own in the queue and never make a revision. */
export function isRead(command: { readonly case?: string | undefined; readonly value?: unknown }): boolean {
  if (command.case === undefined) return false;
  if (READS.has(command.case)) return true;
  const inRoom = (command.value as { command?: { case?: string } } | undefined)?.command?.case;
  return inRoom !== undefined && ROOM_READ.test(inRoom);
}

/** What surrounds a command: who sends it and how it shall be answered. */
export interface CommandOptions {
  /** The same id and payload give the stored answer, and nothing is done twice. */
  readonly requestId?: string;
  /** The owner's last revision as the caller knows it; the command fails with REVISION_MISMATCH if it is another. */
  readonly expectedRevision?: bigint;
  /** Default `accepted`; start, stop, pause and resume answer when the state is reached unless told `accepted`. */
  readonly wait?: Wait;
  /** What a setup that fails does to the edit that caused it; default `keep`. Commands that are no edits only keep. */
  readonly onFailure?: OnFailure;
  /** Milliseconds since the Unix epoch. After this the command is not executed, and waiting ends. */
  readonly deadlineMs?: number;
  readonly actor?: string;
  /** The peer's address, where a command comes through a door. */
  readonly origin?: string;
  /** W3C trace context of the caller; what breaks its rules counts as absent. */
  readonly traceparent?: string | undefined;
  /** What log lines name the call by that the command came from. */
  readonly callId?: string;
  /**
   * Aborted when nobody waits for the answer any more: the call then fails with CANCELLED, and a command that has not
   * been begun by then, waiting in the queue or behind others of its turn, is not executed. One that has been begun is.
   */
  readonly signal?: AbortSignal;
  /** Whose part of the graph is edited. Default: the user's. */
  readonly owner?: string;
}

/** The options as the message that crosses the queue. */
export function contextOf(options: CommandOptions): MessageInitShape<typeof CommandContextSchema> {
  const { requestId, expectedRevision, actor, origin, traceparent, callId, owner, deadlineMs } = options;
  const wait = numberOf(WAITS, options.wait);
  const onFailure = numberOf(ON_FAILURES, options.onFailure);
  // NB: a member that is undefined is copied to the other thread as well; all of them are a quarter of the copy.
  return {
    ...(requestId && { requestId }),
    ...(expectedRevision !== undefined && { expectedRevision }),
    ...(actor && { actor }),
    ...(origin && { origin }),
    ...(traceparent && { traceparent }),
    ...(callId && { callId }),
    ...(owner && { owner }),
    ...(wait !== 0 && { wait }),
    ...(onFailure !== 0 && { onFailure }),
    ...(deadlineMs !== undefined && { deadline: secondsAndNanos(deadlineMs) }),
  };
}

/** A duration or a time as Protobuf has it. */
export function secondsAndNanos(ms: number): { seconds: bigint; nanos: number } {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.floor((ms % 1000) * 1e6) };
}
