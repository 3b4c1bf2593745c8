import type { Processor, ProcessorDescriptor } from '../../runtime/processor.ts';
import { ENGINE_MODES } from '../risk/engine-mode.ts';
import { RUNNER_CONFIG } from './runner-config.ts';

const descriptor = {
  name: 'TradingEngine',
  version: 1,
  description:
    'Holds what the trading engine lets its runners do: its mode and limits, and who set them. It is added when they are first set.',
  tags: ['trading'],
  inputs: {},
  outputs: {},
  configSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      mode: { type: 'string', enum: ENGINE_MODES, default: 'active', description: 'What runners may do.' },
      limits: { ...RUNNER_CONFIG.properties.limits, description: 'Of all runners together.' },
      actor: { type: 'string', default: '', description: 'Who set the mode.' },
      time_ms: {
        type: 'number',
        minimum: 0,
        default: 0,
        description: 'When the mode was set: milliseconds since the Unix epoch.',
      },
      reason: { type: 'string', default: '', description: 'Why the mode was set.' },
    },
  },
  scheduling: { kind: 'manual' },
} as const satisfies ProcessorDescriptor;

/** Does nothing itself: its config is journaled with the graph, and the runners follow it. */
export default class TradingEngine implements Processor<typeof descriptor> {
  static readonly descriptor = descriptor;

  process(): void {}

  configure(): boolean {
    return true;
  }
}
