import type { ProcessorTypeEntry } from '../../server/processor.ts';

/** A registry of one's own: `streamlib serve --types examples/processors/index.ts`. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  { type: 'Odometer', load: () => import('./odometer.ts') },
  { type: 'Orchestrator', load: () => import('./orchestrator.ts') },
  {
    type: 'AsyncOrchestrator',
    load: async () => ({ default: (await import('./orchestrator.ts')).AsyncOrchestrator }),
  },
];
