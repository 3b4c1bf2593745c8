import type { ProcessorDescriptor } from '../../server/runtime/processor.ts';

/** The config of processors that are edited while they run: their `configure` answers `live`. */
export const EDITED_CONFIG = {
  type: 'object',
  properties: {
    note: { type: 'integer', default: 0, description: 'Means nothing.' },
    live: { type: 'boolean', default: true, description: 'Whether this config is taken without a restart.' },
  },
  additionalProperties: false,
} as const satisfies ProcessorDescriptor['configSchema'];
