import type { ProcessorTypeEntry } from '../../runtime/processor.ts';

/** The processor types that pipelines add to the graph themselves. */
export const processorTypes: ProcessorTypeEntry[] = [
  { type: 'PipelineInput', load: () => import('./pipeline-input.ts') },
  { type: 'PipelinePool', load: () => import('./pipeline-pool-processor.ts') },
];
