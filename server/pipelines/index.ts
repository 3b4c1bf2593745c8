import type { ProcessorTypeEntry } from '../runtime/processor.ts';

/** The processor types that pipelines add to the graph themselves. */
export const processorTypes: ProcessorTypeEntry[] = [
  { type: 'PipelineInput', load: () => import('./parts/pipeline-input.ts') },
  { type: 'PipelinePool', load: () => import('./parts/pipeline-pool-processor.ts') },
];
