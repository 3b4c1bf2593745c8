import assert from 'node:assert/strict';
import type { GraphFigures, LinkFigures, ProcessorFigures } from '../../../server/runtime/metrics/figures.ts';
import { findBottleneck } from '../../../server/runtime/metrics/find-bottleneck.ts';

type ProcessorPart = Partial<ProcessorFigures> & Pick<ProcessorFigures, 'processorId'>;
type LinkPart = Partial<LinkFigures> & Pick<LinkFigures, 'fromProcessor' | 'toProcessor'>;

const processor = (part: ProcessorPart): ProcessorFigures => ({
  laneId: 'a',
  isRunning: true,
  framesInPerSecond: 100,
  framesOutPerSecond: 100,
  busyFraction: 0.05,
  blockedFraction: 0,
  p50Us: 10,
  p99Us: 20,
  ...part,
});

const link = (part: LinkPart): LinkFigures => ({
  linkId: `${part.fromProcessor}-${part.toProcessor}`,
  capacityFrames: 64,
  maxQueuedFrames: 1,
  deliveredPerSecond: 100,
  droppedPerSecond: 0,
  fullPerSecond: 0,
  ...part,
});

/** A source, a filter and a sink. */
function chain(
  [source, filter, sink]: readonly Partial<ProcessorFigures>[],
  [first, second]: readonly Partial<LinkFigures>[] = [],
  rest: Partial<GraphFigures> = {},
): GraphFigures {
  return {
    isTimed: true,
    processors: [
      processor({ processorId: 'source', framesInPerSecond: 0, ...source }),
      processor({ processorId: 'filter', ...filter }),
      processor({ processorId: 'sink', framesOutPerSecond: 0, ...sink }),
    ],
    links: [
      link({ fromProcessor: 'source', toProcessor: 'filter', ...first }),
      link({ fromProcessor: 'filter', toProcessor: 'sink', ...second }),
    ],
    lanes: [],
    pools: [],
    ...rest,
  };
}

const pool = { pipelineId: 'vibration', inUse: 8, waiting: 3, maxConcurrent: 8 };

describe('the bottleneck', () => {
  for (const { name, figures, want } of [
    {
      name: 'is the processor that is busy, with its full queue, who is held back and who is starved',
      figures: chain(
        [{ blockedFraction: 0.9 }, { busyFraction: 0.97, p50Us: 9700 }, {}],
        [{ maxQueuedFrames: 64 }],
      ),
      want: {
        kind: 'processor',
        resource: 'processors/filter',
        evidence: [
          ['processors/filter', 'busy_fraction', 0.97],
          ['links/source-filter', 'max_queued_frames', 64],
          ['processors/source', 'blocked_fraction', 0.9],
          ['processors/sink', 'busy_fraction', 0.05],
        ],
      },
    },
    {
      name: 'is the processor whose queue is full, though a source is as busy that writes in vain',
      figures: chain(
        [{ busyFraction: 0.99 }, { busyFraction: 0.95 }, {}],
        [{ fullPerSecond: 5000, maxQueuedFrames: 64 }],
      ),
      want: {
        kind: 'processor',
        resource: 'processors/filter',
        evidence: [
          ['processors/filter', 'busy_fraction', 0.95],
          ['links/source-filter', 'dropped_per_second', 5000],
          ['links/source-filter', 'max_queued_frames', 64],
          ['processors/sink', 'busy_fraction', 0.05],
        ],
      },
    },
    {
      name: 'is a source that computes all the time',
      figures: chain([{ busyFraction: 0.9 }, {}, {}]),
      want: {
        kind: 'processor',
        resource: 'processors/source',
        evidence: [
          ['processors/source', 'busy_fraction', 0.9],
          ['processors/filter', 'busy_fraction', 0.05],
        ],
      },
    },
    {
      name: 'is the lane whose processors are busy together, the busiest first',
      figures: chain([{ laneId: 'b' }, { busyFraction: 0.4 }, { busyFraction: 0.5 }], [], {
        lanes: [
          { laneId: 'a', processors: 2, busyFraction: 0.98 },
          { laneId: 'b', processors: 1, busyFraction: 0.1 },
        ],
      }),
      want: {
        kind: 'lane',
        resource: 'lanes/a',
        evidence: [
          ['lanes/a', 'busy_fraction', 0.98],
          ['processors/sink', 'busy_fraction', 0.5],
          ['processors/filter', 'busy_fraction', 0.4],
        ],
      },
    },
    {
      name: 'is the pool in which executions wait',
      figures: chain([{}, {}, {}], [], { pools: [{ ...pool, pipelineId: 'idle', waiting: 0 }, pool] }),
      want: {
        kind: 'pool',
        resource: 'pipelines/vibration',
        evidence: [
          ['pipelines/vibration', 'waiting', 3],
          ['pipelines/vibration', 'in_use', 8],
        ],
      },
    },
    {
      name: 'is the full lossless link whose consumer has time left',
      figures: chain([{ blockedFraction: 0.6 }, {}, {}], [{ maxQueuedFrames: 64 }]),
      want: {
        kind: 'link',
        resource: 'links/source-filter',
        evidence: [
          ['processors/source', 'blocked_fraction', 0.6],
          ['links/source-filter', 'max_queued_frames', 64],
          ['processors/filter', 'busy_fraction', 0.05],
        ],
      },
    },
    {
      name: 'is the last full link of a row, since the others are full because of it',
      figures: chain(
        [{ blockedFraction: 0.9 }, { blockedFraction: 0.8 }, { isRunning: false, busyFraction: 0 }],
        [{ maxQueuedFrames: 64 }, { maxQueuedFrames: 64 }],
      ),
      want: {
        kind: 'link',
        resource: 'links/filter-sink',
        evidence: [
          ['processors/filter', 'blocked_fraction', 0.8],
          ['links/filter-sink', 'max_queued_frames', 64],
          ['processors/sink', 'busy_fraction', 0],
        ],
      },
    },
    {
      name: 'is the link that loses frames though its consumer has time left',
      figures: chain([{}, {}, {}], [{}, { fullPerSecond: 10, maxQueuedFrames: 4, capacityFrames: 4 }]),
      want: {
        kind: 'link',
        resource: 'links/filter-sink',
        evidence: [
          ['links/filter-sink', 'dropped_per_second', 10],
          ['links/filter-sink', 'max_queued_frames', 4],
          ['processors/sink', 'busy_fraction', 0.05],
        ],
      },
    },
    {
      name: 'is the source where everything waits, and no link of one frame that has one',
      figures: chain([{ framesOutPerSecond: 30 }, {}, {}], [{ capacityFrames: 1 }]),
      want: {
        kind: 'source',
        resource: 'processors/source',
        evidence: [
          ['processors/source', 'frames_out_per_second', 30],
          ['processors/filter', 'busy_fraction', 0.05],
          ['processors/sink', 'busy_fraction', 0.05],
        ],
      },
    },
  ]) {
    it(name, () => {
      const found = findBottleneck(figures);
      const { kind, resource } = found ?? {};
      const evidence = found?.evidence.map((each) => [each.resource, each.field, each.value]);
      assert.deepEqual({ kind, resource, evidence }, want);
      assert.match(found?.summary ?? '', new RegExp(want.resource.replace(/^\w+\//, '')));
    });
  }

  for (const { name, figures } of [
    { name: 'of an empty graph', figures: chain([], [], { processors: [], links: [] }) },
    {
      name: 'of a graph that does not run',
      figures: chain([{ isRunning: false }, { isRunning: false }, { isRunning: false }]),
    },
    {
      name: 'where calls are not timed and no queue is full',
      figures: chain([{}, {}, {}], [], { isTimed: false }),
    },
  ])
    it(`is not there ${name}`, () => assert.equal(findBottleneck(figures), undefined));

  it('is told in words', () => {
    const figures = chain(
      [{ blockedFraction: 0.9 }, { busyFraction: 0.97, p50Us: 9700, p99Us: 12_000 }, {}],
      [{ maxQueuedFrames: 64 }],
    );
    const { summary, evidence } = findBottleneck(figures) ?? { evidence: [] };
    assert.equal(summary, 'filter limits the throughput: its process calls take 97 % of the time');
    assert.deepEqual(
      evidence.map(({ explanation }) => explanation),
      [
        'its process calls took 97 % of the time, 9.70 ms each at the median and 12.0 ms at the 99th percentile',
        'up to 64 frames waited on source-filter, which holds 64',
        'a full lossless link held source back for 90 % of the time',
        'sink was starved: it had nothing to do for 95 % of the time',
      ],
    );
  });
});
