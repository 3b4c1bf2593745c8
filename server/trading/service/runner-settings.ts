import type { JsonValue } from '@bufbuild/protobuf';
import { fromJson, toJson } from '@bufbuild/protobuf';
import type { RunnerConfig } from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import {
  type ExecutionConfig,
  ExecutionConfigSchema,
  type TradingLimits as TradingLimitsMessage,
  TradingLimitsSchema,
} from '../../../gen/ts/streamlib/v1/trading_pb.ts';
import {
  type JsonObject,
  type PlacementSpec,
  type ProcessorSpec,
  supervisionToMessage,
  vocabulary,
} from '../../runtime/index.ts';
import type { ExecutionOptions } from '../broker/execution-options.ts';
import type { TradingLimits } from '../risk/trading-limits.ts';
import { isRunnerSupervision } from './runner-isolation.ts';

/* A runner's settings as the schema has them, and as the config of its processor has them: the same names. */

const { LANE_PRIORITIES, numberOf } = vocabulary;

const SHARED_LANE = /^runners-\d+$/;

/** Defaults of the settings that the schema documents. */
const DEFAULTS: JsonObject = { stop_on_error: false, log_actions: false, seed: 0 };

/** The settings of a request as the config of a processor; what is absent is left out. */
export function settingsToConfig(message: RunnerConfig | undefined): JsonObject {
  if (message === undefined) return {};
  const { stopOnError, logActions, parameters, execution, limits, seed, feed } = message;
  return present({
    stop_on_error: stopOnError,
    log_actions: logActions,
    parameters: parameters as JsonObject | undefined,
    execution: execution && executionToJson(execution),
    limits: limits && limitsToJson(limits),
    seed: seed === undefined ? undefined : Number(seed),
    feed: feed === '' ? undefined : feed,
  });
}

/** The settings that a processor's config has, as the schema shows them. With `fills`, defaults included. */
export function settingsFromConfig({ config, placement, supervision }: ProcessorSpec, fills: boolean) {
  const { stop_on_error, log_actions, seed, parameters, execution, limits, feed } = {
    ...(fills ? DEFAULTS : {}),
    ...config,
  };
  return {
    stopOnError: stop_on_error as boolean | undefined,
    logActions: log_actions as boolean | undefined,
    seed: seed === undefined ? undefined : BigInt(seed as number),
    parameters: parameters as JsonObject | undefined,
    execution: execution === undefined ? undefined : fromJson(ExecutionConfigSchema, execution as JsonValue),
    limits: limits === undefined ? undefined : limitsFromJson(limits as JsonObject),
    feed: (feed as string | undefined) ?? '',
    placement:
      fills || !isShared(placement)
        ? { lane: placement.lane, priority: numberOf(LANE_PRIORITIES, placement.priority) }
        : undefined,
    supervision: fills || !isRunnerSupervision(supervision) ? supervisionToMessage(supervision) : undefined,
  };
}

/** Whether it is one of the lanes that runners share where nothing else is asked for. */
const isShared = ({ lane, priority }: PlacementSpec): boolean =>
  SHARED_LANE.test(lane) && priority === 'normal';

/** Limits as they stand in configs. */
export const limitsToJson = (limits: TradingLimitsMessage): JsonObject =>
  toJson(TradingLimitsSchema, limits, { useProtoFieldName: true }) as JsonObject;

export const limitsFromJson = (json: JsonObject): TradingLimitsMessage =>
  fromJson(TradingLimitsSchema, json as JsonValue);

/** Limits as the risk gate takes them. */
export const limitsOfJson = (json: JsonObject): TradingLimits => limitsOf(limitsFromJson(json));

/** Likewise, from a request. */
export const limitsOf = (message: TradingLimitsMessage | undefined): TradingLimits => fieldsOf(message);

/** How the paper broker fills, from a request; what is absent takes its default. */
export const executionOptionsOf = (message: ExecutionConfig | undefined): Partial<ExecutionOptions> => {
  const { adapter: _adapter, ...options } = fieldsOf(message) as Partial<ExecutionConfig>;
  return options;
};

/** The fields that a message has. */
function fieldsOf<Fields extends object>(message: Fields | undefined): Partial<Fields> {
  const entries = Object.entries(message ?? {});
  return Object.fromEntries(
    entries.filter(([name, value]) => !name.startsWith('$') && value !== undefined),
  ) as Partial<Fields>;
}

function executionToJson(execution: ExecutionConfig): JsonObject {
  const { adapter: _adapter, ...numbers } = toJson(ExecutionConfigSchema, execution, {
    useProtoFieldName: true,
  }) as JsonObject;
  return numbers;
}

const present = (fields: Record<string, unknown>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
