import { DELIVERIES, LANE_PRIORITIES } from '../runtime/vocabulary.ts';

const labels = {
  type: 'object',
  additionalProperties: { type: 'string' },
  description: 'Free names and values to select by.',
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
