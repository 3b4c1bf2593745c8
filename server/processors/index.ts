import type { ProcessorTypeEntry } from '../runtime/processor.ts';

/** The processor types of streamlib itself. A lane loads only the files of the types that it hosts. */
export const processorTypes: ProcessorTypeEntry[] = [
  { type: 'Gain', load: () => import('./gain.ts') },
  { type: 'LogSink', load: () => import('./log-sink.ts') },
  { type: 'NullSink', load: () => import('./null-sink.ts') },
  { type: 'SineGenerator', load: () => import('./sine-generator.ts') },
  { type: 'SystemMetrics', load: () => import('./system-metrics.ts') },
];
