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
  {
    type: 'bench.EventBroadcaster',
    load: async () => ({ default: (await import('./event-broadcaster.ts')).EventBroadcaster }),
  },
  { type: 'bench.Burner', load: async () => ({ default: (await import('./burner.ts')).Burner }) },
  {
    type: 'bench.RateSource',
    load: async () => ({ default: (await import('./rate-source.ts')).RateSource }),
  },
  {
    type: 'bench.StepSource',
    load: async () => ({ default: (await import('./rate-source.ts')).StepSource }),
  },
  {
    type: 'bench.Forwarder',
    load: async () => ({ default: (await import('./forwarder.ts')).Forwarder }),
  },
  {
    type: 'bench.RateSink',
    load: async () => ({ default: (await import('./rate-sink.ts')).RateSink }),
  },
  { type: 'bench.HeapSink', load: async () => ({ default: (await import('./heap-sink.ts')).HeapSink }) },
  { type: 'bench.SumSink', load: async () => ({ default: (await import('./sum-sink.ts')).SumSink }) },
  {
    type: 'bench.TickSource',
    load: async () => ({ default: (await import('./tick-source.ts')).TickSource }),
  },
  {
    type: 'bench.TickSink',
    load: async () => ({ default: (await import('./tick-sink.ts')).TickSink }),
  },
  {
    type: 'bench.VideoBurst',
    load: async () => ({ default: (await import('./video-burst.ts')).VideoBurst }),
  },
  {
    type: 'bench.VideoTaker',
    load: async () => ({ default: (await import('./video-taker.ts')).VideoTaker }),
  },
  {
    type: 'bench.Camera',
    load: async () => ({ default: (await import('./camera.ts')).Camera }),
  },
  {
    type: 'bench.PictureCheck',
    load: async () => ({ default: (await import('./picture-check.ts')).PictureCheck }),
  },
  {
    type: 'bench.Passer',
    load: async () => ({ default: (await import('./passer.ts')).Passer }),
  },
  {
    type: 'bench.OtherPasser',
    load: async () => ({ default: (await import('./passer.ts')).OtherPasser }),
  },
  {
    type: 'bench.Watcher',
    load: async () => ({ default: (await import('./watcher.ts')).Watcher }),
  },
  {
    type: 'bench.OtherWatcher',
    load: async () => ({ default: (await import('./watcher.ts')).OtherWatcher }),
  },
];
