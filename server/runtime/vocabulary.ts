import type { UnknownEnum } from '@bufbuild/protobuf';

/**
 * The words of the schema's enums as the code writes them. The position in the list is the enum's number
 * (0 is "unspecified"), so that threads without the generated code can build commands; a test holds these
 * lists to the schema.
 */
const words = <const Words extends readonly string[]>(...list: Words): Words => list;

export const DELIVERIES = words('unspecified', 'latest', 'every', 'lossless');
/** What a frame that finds its link full means. */
export type Delivery = Exclude<(typeof DELIVERIES)[number], 'unspecified'>;

export const PROCESSOR_STATES = words(
  'unspecified',
  'pending',
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'failed',
  'backoff',
  'open',
);
/** What a processor is doing. */
export type ProcessorState = Exclude<(typeof PROCESSOR_STATES)[number], 'unspecified'>;

export const RUNTIME_STATUSES = words(
  'unspecified',
  'initial',
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'failed',
);
/** What the runtime is doing. */
export type RuntimeStatus = Exclude<(typeof RUNTIME_STATUSES)[number], 'unspecified'>;

export const WAITS = words('unspecified', 'accepted', 'effective');
/** What a mutating command waits for. */
export type Wait = Exclude<(typeof WAITS)[number], 'unspecified'>;

export const ON_FAILURES = words('unspecified', 'keep', 'rollback');
/** What a failing setup does to the edit that caused it. */
export type OnFailure = Exclude<(typeof ON_FAILURES)[number], 'unspecified'>;

export const TRANSPORTS = words('unspecified', 'direct', 'ring');
/** How frames cross a link. */
export type Transport = Exclude<(typeof TRANSPORTS)[number], 'unspecified'>;

export const LANE_KINDS = words('unspecified', 'shared', 'dedicated', 'main');
/** What kind of thread a lane is. */
export type LaneKind = Exclude<(typeof LANE_KINDS)[number], 'unspecified'>;

export const LANE_PRIORITIES = words('unspecified', 'normal', 'high', 'realtime');
/** The priority of a lane's thread. */
export type LanePriority = Exclude<(typeof LANE_PRIORITIES)[number], 'unspecified'>;

export const CHANGE_KINDS = words(
  'unspecified',
  'created',
  'updated',
  'deleted',
  'restarted',
  'kept',
  'paused',
  'resumed',
  'replaced',
  'failed',
);
/** What happened to one part of the graph. */
export type ChangeKind = Exclude<(typeof CHANGE_KINDS)[number], 'unspecified'>;

export const SCHEDULINGS = words('unspecified', 'loop', 'push', 'manual');
/** When the runtime calls `process`. */
export type Scheduling = Exclude<(typeof SCHEDULINGS)[number], 'unspecified'>;

export const ERROR_POLICIES = words('unspecified', 'propagate', 'skip_frame', 'use_default', 'dead_letter');
/** What happens to a frame whose process call threw. */
export type ErrorPolicy = Exclude<(typeof ERROR_POLICIES)[number], 'unspecified'>;

export const RESTART_STRATEGIES = words(
  'unspecified',
  'never',
  'immediate',
  'exponential',
  'circuit_breaker',
);
/** When a failed processor is set up again. */
export type RestartStrategy = Exclude<(typeof RESTART_STRATEGIES)[number], 'unspecified'>;

export const CIRCUIT_STATES = words('unspecified', 'closed', 'open', 'half_open');

export const LOG_LEVELS = words('unspecified', 'trace', 'debug', 'info', 'warn', 'error');
/** How grave a log line is. */
export type LogLevel = Exclude<(typeof LOG_LEVELS)[number], 'unspecified'>;

export const BOTTLENECK_KINDS = words('unspecified', 'processor', 'lane', 'link', 'pool', 'source');
/** What kind of part limits the throughput. */
export type BottleneckKind = Exclude<(typeof BOTTLENECK_KINDS)[number], 'unspecified'>;

/** The number that stands for a word, which every enum type of the schema takes; 0 for an absent word. */
export function numberOf<Words extends readonly string[]>(
  list: Words,
  word: Words[number] | undefined,
): UnknownEnum {
  return (word === undefined ? 0 : list.indexOf(word)) as UnknownEnum;
}

/** The word that a number stands for; undefined for 0 and for numbers that this version does not know. */
export function wordOf<Words extends readonly string[]>(
  list: Words,
  number: number | undefined,
): Exclude<Words[number], 'unspecified'> | undefined {
  return (number === undefined || number === 0 ? undefined : list[number]) as
    | Exclude<Words[number], 'unspecified'>
    | undefined;
}
