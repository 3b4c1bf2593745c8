import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  PipelineConfig,
  PipelineConfigSchema,
  PipelineConnection,
  PipelineConnectionSchema,
  PipelineNode,
  PipelineNodeSchema,
} from '../../../gen/ts/streamlib/v1/pipeline_pb.ts';
import {
  type JsonObject,
  supervisionFromMessage,
  supervisionToMessage,
  vocabulary,
} from '../../runtime/index.ts';
import {
  PIPELINE_MODES,
  type PipelineConnectionSpec,
  type PipelineNodeSpec,
  type PipelineSettings,
  type PipelineSpec,
} from '../config/pipeline-spec.ts';

const { DELIVERIES, LANE_PRIORITIES, numberOf, wordOf } = vocabulary;

/** The fields of a config in the requests that have one. */
export interface ConfigMessage {
  readonly nodes: readonly PipelineNode[];
  readonly connections: readonly PipelineConnection[];
  readonly pipelineConfig?: PipelineConfig | undefined;
}

/** The config of a request. Numbers that are 0 and texts that are empty count as absent, as everywhere in the schema. */
export function specFromMessage({ nodes, connections, pipelineConfig }: ConfigMessage): PipelineSpec {
  return {
    nodes: nodes.map(nodeFromMessage),
    connections: connections.map(connectionFromMessage),
    settings: settingsFromMessage(pipelineConfig),
  };
}

function nodeFromMessage(node: PipelineNode): PipelineNodeSpec {
  const { id, type, config = {}, supervision, placement, displayName } = node;
  return present({
    id,
    type,
    config: Object.fromEntries(Object.entries(config as JsonObject).filter(([, value]) => value !== null)),
    supervision: supervision && supervisionFromMessage(supervision),
    placement: placement && {
      lane: placement.lane || 'auto',
      priority: givenWord(LANE_PRIORITIES, placement.priority) ?? 'normal',
    },
    displayName,
  });
}

function connectionFromMessage(connection: PipelineConnection): PipelineConnectionSpec {
  const { fromNode, toNode, fromPort, toPort, delivery, capacityFrames } = connection;
  return present({
    from: fromNode,
    to: toNode,
    fromPort: fromPort || undefined,
    toPort: toPort || undefined,
    delivery: givenWord(DELIVERIES, delivery),
    capacityFrames: capacityFrames || undefined,
  });
}

function settingsFromMessage(message: PipelineConfig | undefined): PipelineSettings {
  if (message === undefined) return {};
  const { executionTimeout: timeout, supervision } = message;
  return present({
    channelCapacity: message.channelCapacity || undefined,
    maxConcurrent: message.maxConcurrent || undefined,
    maxWaiting: message.maxWaiting,
    executionTimeoutMs: timeout && Number(timeout.seconds) * 1000 + timeout.nanos / 1e6,
    supervision: supervision && supervisionFromMessage(supervision),
    maxDeadLetters: message.maxDeadLetters,
    mode: givenWord(PIPELINE_MODES, message.mode),
  });
}

/** The word of a number, and the number as text where it has none: the check of the whole config refuses that. */
const givenWord: typeof wordOf = (list, number) =>
  wordOf(list, number) ?? (number ? (String(number) as never) : undefined);

/** The same as the schema shows it. */
export function specToMessage({ nodes, connections, settings }: PipelineSpec): {
  nodes: MessageInitShape<typeof PipelineNodeSchema>[];
  connections: MessageInitShape<typeof PipelineConnectionSchema>[];
  pipelineConfig: MessageInitShape<typeof PipelineConfigSchema>;
} {
  const { executionTimeoutMs: timeoutMs, supervision, mode, ...numbers } = settings;
  return {
    nodes: nodes.map(({ supervision: policies, placement, ...node }) => ({
      ...node,
      supervision: policies && supervisionToMessage(policies),
      placement: placement && {
        lane: placement.lane,
        priority: numberOf(LANE_PRIORITIES, placement.priority),
      },
    })),
    connections: connections.map(({ from, to, fromPort, toPort, delivery, capacityFrames }) => ({
      fromNode: from,
      toNode: to,
      fromPort,
      toPort,
      delivery: numberOf(DELIVERIES, delivery),
      capacityFrames,
    })),
    pipelineConfig: {
      ...numbers,
      executionTimeout: timeoutMs === undefined ? undefined : durationOfMs(timeoutMs),
      supervision: supervision && supervisionToMessage(supervision),
      mode: numberOf(PIPELINE_MODES, mode),
    },
  };
}

/** A duration as Protobuf has it. */
export const durationOfMs = (ms: number): { seconds: bigint; nanos: number } => ({
  seconds: BigInt(Math.floor(ms / 1000)),
  nanos: Math.round((ms % 1000) * 1e6),
});

/** A field that is undefined is not there, so that specs of the same config are equal. */
const present = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;
