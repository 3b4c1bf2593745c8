import type { ProcessorTypeEntry } from '../runtime/processor.ts';

/** The processor types of streamlib itself. A lane loads only the files of the types that it hosts. */
export const processorTypes: ProcessorTypeEntry[] = [
  { type: 'CsvSource', load: () => import('./csv-source.ts') },
  { type: 'Delay', load: () => import('./delay.ts') },
  { type: 'Gain', load: () => import('./gain.ts') },
  { type: 'JsonLinesSink', load: () => import('./json-lines-sink.ts') },
  { type: 'LevelMeter', load: () => import('./level-meter.ts') },
  { type: 'LogSink', load: () => import('./log-sink.ts') },
  { type: 'MovingAverage', load: () => import('./moving-average.ts') },
  { type: 'NullSink', load: () => import('./null-sink.ts') },
  { type: 'SineGenerator', load: () => import('./sine-generator.ts') },
  { type: 'SystemMetrics', load: () => import('./system-metrics.ts') },
  { type: 'Threshold', load: () => import('./threshold.ts') },
  { type: 'WavFileSink', load: () => import('./wav-file-sink.ts') },
  { type: 'WavFileSource', load: () => import('./wav-file-source.ts') },
];
