import { vocabulary } from '../runtime/index.ts';

const { DELIVERIES, ERROR_POLICIES, LANE_PRIORITIES, RESTART_STRATEGIES } = vocabulary;

const labels = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'Free names and values to select by.',
};

const count = { type: 'integer', minimum: 0, maximum: 4_294_967_295 };

const supervision = {
  type: 'object',
  additionalProperties: false,
  properties: {
    error_policy: { enum: ERROR_POLICIES.slice(1) },
    default_frame: { type: 'object', description: 'What use_default writes: a DataFrame.' },
    restart: {
      type: 'object',
      additionalProperties: false,
      properties: {
        strategy: { enum: RESTART_STRATEGIES.slice(1) },
        base_ms: count,
        max_ms: count,
        max_attempts: count,
        failure_threshold: count,
        window_ms: count,
        half_open_after_ms: count,
      },
    },
    watchdog_ms: count,
    max_dead_letters: { type: 'integer', minimum: 1, maximum: 1_000_000 },
  },
};

/** JSON Schema (draft 2020-12) of a graph file. */
export const graphFileSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    processors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'type'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', description: 'The processor_id.' },
          type: { type: 'string', description: 'The processor_type.' },
          type_version: {
            ...count,
            minimum: 1,
            description: 'The version that the config was written for. Default: the newest.',
          },
          display_name: { type: 'string' },
          config: { type: 'object', description: 'As the type describes it.' },
          placement: {
            type: 'object',
            additionalProperties: false,
            properties: {
              lane: { type: 'string', description: 'auto, main, dedicated or a name.' },
              priority: { enum: LANE_PRIORITIES.slice(1) },
            },
          },
          supervision,
          paused: { type: 'boolean' },
          labels,
        },
      },
    },
    links: {
      type: 'array',
      items: {
        type: 'object',
        required: ['from', 'to'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', description: 'The link_id; made where absent.' },
          from: { type: 'string', description: 'processor.port' },
          to: { type: 'string', description: 'processor.port' },
          delivery: { enum: DELIVERIES.slice(1), description: "Default: the input port's profile." },
          capacity_frames: { type: 'integer', minimum: 1, maximum: 65_536 },
          labels,
        },
      },
    },
  },
};
