import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { BranchSpec } from './random-edits.ts';
import { addToGraph, type BenchLink, type BenchProcessor } from './run-to-end.ts';

/** A frame a millisecond, 60 pictures a second, and who reads them all the time. */
const SOURCES: readonly BenchProcessor[] = [
  { id: 'ticker', type: 'bench.TickSource', lane: 'data', config: { count: 1_000_000_000 } },
  { id: 'camera', type: 'bench.Camera', lane: 'video' },
];
const WATCHERS: readonly BenchProcessor[] = [
  { id: 'data-near', type: 'bench.Watcher', lane: 'data' },
  { id: 'data-far', type: 'bench.Watcher', lane: 'far' },
  { id: 'video-near', type: 'bench.Watcher', lane: 'video' },
  { id: 'video-far', type: 'bench.Watcher', lane: 'far' },
];

/** A quarter of a second, so that a busy machine is not taken for a loss. */
const CAPACITY_FRAMES = { data: 256, video: 16 } as const;

/** The links that no edit touches. */
export const UNTOUCHED: readonly BenchLink[] = [
  untouched(['ticker', 'data'], 'data-near', 'direct'),
  untouched(['ticker', 'data'], 'data-far', 'ring'),
  untouched(['camera', 'video'], 'video-near', 'direct'),
  untouched(['camera', 'video'], 'video-far', 'ring'),
];

/** The lanes of what is edited: also those of the sources and of who reads them. */
export const LANES: readonly string[] = ['data', 'video', 'far', 'edited'];

/** The branches that are edited. */
export const BRANCHES: readonly BranchSpec[] = [
  ...['data-1', 'data-2', 'data-3', 'data-4'].map((name) => ({
    name,
    source: ['ticker', 'data'] as const,
    largestCapacityFrames: 128,
  })),
  ...['video-1', 'video-2'].map((name) => ({
    name,
    source: ['camera', 'video'] as const,
    largestCapacityFrames: 4,
  })),
];

/** Adds the part of the graph that no edit touches. */
export const addUntouched = (runtime: StreamRuntime): Promise<void> =>
  addToGraph(runtime, { processors: [...SOURCES, ...WATCHERS], links: UNTOUCHED });

function untouched(from: BenchLink['from'], to: string, transport: BenchLink['transport']): BenchLink {
  const capacityFrames = CAPACITY_FRAMES[from[1] === 'data' ? 'data' : 'video'];
  return { from, to: [to, 'in'], transport, capacityFrames, delivery: 'every' };
}
