import type { ProcessorTypeEntry } from '../../server/runtime/processor.ts';

/** The processor types of the benchmarks. */
export const processorTypes: readonly ProcessorTypeEntry[] = [
  {
    type: 'bench.CommandCaller',
    load: async () => ({ default: (await import('./command-caller.ts')).CommandCaller }),
  },
  {
    type: 'bench.EventTaker',
    load: async () => ({ default: (await import('./event-taker.ts')).EventTaker }),
  },
  { type: 'bench.Burner', load: async () => ({ default: (await import('./burner.ts')).Burner }) },
  {
    type: 'bench.FrameSource',
    load: async () => ({ default: (await import('./frame-source.ts')).FrameSource }),
  },
  {
    type: 'bench.FrameCounter',
    load: async () => ({ default: (await import('./frame-counter.ts')).FrameCounter }),
  },
];
