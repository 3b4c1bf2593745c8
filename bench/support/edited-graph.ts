import type { StreamRuntime } from '../../server/runtime/stream-runtime.ts';
import type { EditableGraph, EditableLink, EditableProcessor } from '../../test/support/random-edits.ts';
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

/** A source that is shared with others must not be held back by one branch. */
const FROM_SOURCE = ['every', 'latest'] as const;
const WITHIN_BRANCH = ['every', 'latest', 'lossless'] as const;

const BRANCHES = [
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

/**
 * Branches of two processors each, `<name>-head` and `<name>-tail`, with a link to the source and one between them.
 * They share the lanes of the sources and of who reads them all the time.
 */
export const BRANCHED: EditableGraph = {
  processors: BRANCHES.flatMap(({ name }): EditableProcessor[] => [
    { processorId: `${name}-head`, types: ['bench.Passer', 'bench.OtherPasser'] },
    { processorId: `${name}-tail`, types: ['bench.Watcher', 'bench.OtherWatcher'] },
  ]),
  links: BRANCHES.flatMap(({ name, source, largestCapacityFrames }): EditableLink[] => {
    const [head, tail] = [`${name}-head`, `${name}-tail`];
    return [
      { name: `${name}-in`, from: source, to: [head, 'in'], deliveries: FROM_SOURCE, largestCapacityFrames },
      {
        name: `${name}-out`,
        from: [head, 'out'],
        to: [tail, 'in'],
        deliveries: WITHIN_BRANCH,
        largestCapacityFrames,
      },
    ];
  }),
  placements: [
    { lane: 'data', priority: 'high' },
    { lane: 'video', priority: 'high' },
    { lane: 'far', priority: 'high' },
    { lane: 'edited', priority: 'high' },
  ],
  // More is added than removed, so that branches live for a while.
  shares: {
    add: 3,
    connect: 3,
    remove: 1,
    disconnect: 1,
    replace: 1,
    configure: 1,
    reshape: 2,
    pause: 1,
    resume: 2,
  },
  configOf: (_type, random) => ({ note: random.below(2 ** 31), live: random.next() < 0.5 }),
};

/** Adds the part of the graph that no edit touches. */
export const addUntouched = (runtime: StreamRuntime): Promise<void> =>
  addToGraph(runtime, { processors: [...SOURCES, ...WATCHERS], links: UNTOUCHED });

function untouched(from: BenchLink['from'], to: string, transport: BenchLink['transport']): BenchLink {
  const capacityFrames = CAPACITY_FRAMES[from[1] === 'data' ? 'data' : 'video'];
  return { from, to: [to, 'in'], transport, capacityFrames, delivery: 'every' };
}
