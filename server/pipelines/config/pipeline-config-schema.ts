import { type JsonObject, type ProcessorDescriptor, vocabulary } from '../../runtime/index.ts';
import { RESERVED_PREFIXES } from './check-nodes.ts';
import { SETTING_RANGES } from './pipeline-spec.ts';

const { DELIVERIES, ERROR_POLICIES, LANE_PRIORITIES, RESTART_STRATEGIES } = vocabulary;

const count = { type: 'integer', minimum: 0, maximum: 4_294_967_295 };
const range = (name: Exclude<keyof typeof SETTING_RANGES, 'executionTimeoutMs'>, description: string) => {
  const { least, most, fallback } = SETTING_RANGES[name];
  return { type: 'integer', minimum: least, maximum: most, default: fallback, description };
};

const supervision = {
  type: 'object',
  description: 'How failures are handled.',
  additionalProperties: false,
  properties: {
    error_policy: {
      enum: ERROR_POLICIES.slice(1),
      default: 'propagate',
      description: 'What happens to a frame whose processing fails.',
    },
    default_frame: { type: 'object', description: 'What use_default writes: a DataFrame.' },
    restart: {
      type: 'object',
      description: 'When a failed node is set up again.',
      additionalProperties: false,
      properties: {
        strategy: {
          enum: RESTART_STRATEGIES.slice(1),
          default: 'never',
          description: 'When it is set up again.',
        },
        base_ms: { ...count, default: 100, description: 'The first delay.' },
        max_ms: { ...count, default: 30_000, description: 'The longest delay.' },
        max_attempts: { ...count, default: 10, description: '0 is without end.' },
        failure_threshold: {
          ...count,
          minimum: 1,
          default: 5,
          description: 'Failures that open the circuit breaker.',
        },
        window_ms: {
          ...count,
          minimum: 1,
          default: 60_000,
          description: 'The time within which they count.',
        },
        half_open_after_ms: {
          ...count,
          default: 30_000,
          description: 'When an open circuit breaker probes.',
        },
      },
    },
    watchdog_ms: {
      ...count,
      default: 10_000,
      description: 'A process call that takes longer is reported; 0 is off.',
    },
    max_dead_letters: {
      type: 'integer',
      minimum: 1,
      maximum: 1_000_000,
      default: 1000,
      description: 'Dead letters kept; the oldest goes first.',
    },
  },
};

const node = {
  type: 'object',
  description: 'One step: a processor type with its config.',
  required: ['id', 'type'],
  additionalProperties: false,
  properties: {
    id: {
      type: 'string',
      pattern: `^(?!${RESERVED_PREFIXES.join('|')})[A-Za-z0-9][A-Za-z0-9_-]{0,55}$`,
      description: 'What connections call it.',
    },
    type: { type: 'string', description: 'A processor type; Gain stands for DataGain, and so on.' },
    config: { type: 'object', description: 'As the type describes it; null takes the default of a field.' },
    supervision,
    placement: {
      type: 'object',
      description: 'Where it runs: its lane and the priority of that.',
      additionalProperties: false,
      properties: {
        lane: { type: 'string', default: 'auto', description: 'auto, main, dedicated or a name.' },
        priority: { enum: LANE_PRIORITIES.slice(1), default: 'normal', description: 'Of the lane.' },
      },
    },
    display_name: { type: 'string', maxLength: 256, description: 'What people call it.' },
  },
};

const connection = {
  type: 'object',
  description: 'From an output of one node to an input of another.',
  required: ['from', 'to'],
  additionalProperties: false,
  properties: {
    from: { type: 'string', description: 'The id of the node that writes.' },
    to: { type: 'string', description: 'The id of the node that reads.' },
    from_port: { type: 'string', description: 'May be left out where the node has one output.' },
    to_port: { type: 'string', description: 'May be left out where the node has one input.' },
    delivery: { enum: DELIVERIES.slice(1), default: 'lossless', description: 'What a full connection does.' },
    capacity_frames: {
      type: 'integer',
      minimum: 1,
      maximum: 65_536,
      description: 'Frames that may wait here; default: channel_capacity.',
    },
  },
};

const pipelineConfig = {
  type: 'object',
  description: 'What holds for all nodes and connections.',
  additionalProperties: false,
  properties: {
    channel_capacity: range('channelCapacity', 'Frames that may wait on each connection.'),
    max_concurrent: range('maxConcurrent', 'Instances that may execute at the same time.'),
    max_waiting: range(
      'maxWaiting',
      'Executions that may wait for an instance; further ones are rejected with QUEUE_FULL.',
    ),
    execution_timeout: {
      type: 'string',
      pattern: '^\\d+(\\.\\d{1,9})?s$',
      default: '30s',
      description: 'The longest that an execution may wait and run, up to 86400s.',
    },
    supervision: { ...supervision, description: 'For every node that has no policies of its own.' },
    max_dead_letters: range('maxDeadLetters', 'Dead letters kept per node; the oldest goes first.'),
    mode: {
      enum: ['continuous', 'pooled'],
      default: 'continuous',
      description:
        'continuous: one instance stands in the graph, and ExecutePipeline has a pool. pooled: only the pool.',
    },
  },
};

/** JSON Schema (draft 2020-12) of a pipeline's config without what the types say about the configs of nodes. */
export const pipelineConfigShape = {
  type: 'object',
  required: ['nodes'],
  additionalProperties: false,
  properties: {
    pipeline_id: {
      type: 'string',
      pattern: '^([A-Za-z0-9][A-Za-z0-9_-]{0,62})?$',
      description: 'Made where it is empty.',
    },
    display_name: { type: 'string', maxLength: 256, description: 'What people call it.' },
    labels: {
      type: 'object',
      additionalProperties: { type: 'string', maxLength: 256 },
      description: 'Free names and values to select by.',
    },
    nodes: {
      type: 'array',
      description: 'In any order; processing follows the connections.',
      minItems: 1,
      maxItems: 10_000,
      items: node,
    },
    connections: { type: 'array', description: 'What nodes pass on to others.', items: connection },
    pipeline_config: pipelineConfig,
  },
};

/**
 * The schema for editors and validators: the shape, and for each type the schema of its config. What a schema cannot
 * say (ports, cycles, ids that stand twice) is for ValidatePipeline.
 */
export function pipelineConfigSchema(
  descriptors: readonly Pick<
    ProcessorDescriptor,
    'name' | 'description' | 'tags' | 'configSchema' | 'inputs' | 'outputs'
  >[],
): JsonObject {
  const byName = new Map(descriptors.map((descriptor) => [descriptor.name, descriptor]));
  const names = new Map<string, string>();
  for (const { name, tags, inputs, outputs } of descriptors) {
    // What pipelines add themselves is no node.
    if (tags.includes('pipeline')) continue;
    const ports = [...Object.values(inputs), ...Object.values(outputs)];
    const takesData = ports.some(({ frame }) => frame === 'any' || frame.name === 'DataFrame');
    if (takesData) names.set(name, name);
  }
  // The short names of the types for data.
  for (const name of byName.keys()) if (name.startsWith('Data')) names.set(name.slice('Data'.length), name);
  const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
  const type = {
    description: 'A processor type. A short name stands for the type of data frames.',
    anyOf: sorted.map(([name, meant]) => ({
      const: name,
      description: byName.get(meant)?.description ?? '',
    })),
  };
  const configs = sorted.map(([name, meant]) => ({
    if: { properties: { type: { const: name } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: withConfig(byName.get(meant)?.configSchema as JsonObject),
  }));
  const items = { ...node, properties: { ...node.properties, type }, allOf: configs };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A streamlib pipeline',
    ...pipelineConfigShape,
    properties: {
      ...pipelineConfigShape.properties,
      nodes: { ...pipelineConfigShape.properties.nodes, items },
    },
  } as unknown as JsonObject;
}

function withConfig(configSchema: JsonObject): JsonObject {
  const required = (configSchema.required as string[] | undefined) ?? [];
  return {
    properties: { config: nullable(configSchema) },
    ...(required.length > 0 && { required: ['config'] }),
  };
}

/** In a config null stands for a field's default, where it has one. */
function nullable(configSchema: JsonObject): JsonObject {
  const required = (configSchema.required as string[] | undefined) ?? [];
  const properties = Object.entries((configSchema.properties ?? {}) as Record<string, JsonObject>).map(
    ([name, schema]): [string, JsonObject] => [
      name,
      required.includes(name) ? schema : { anyOf: [schema, { type: 'null' }] },
    ],
  );
  return { ...configSchema, properties: Object.fromEntries(properties) };
}
