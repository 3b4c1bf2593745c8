import assert from 'node:assert/strict';
import { findPaths, MOST_PATHS } from '../../../server/runtime/metrics/find-paths.ts';

const links = (...pairs: readonly string[]) =>
  pairs.map((linkId) => {
    const [fromProcessor = '', toProcessor = ''] = linkId.split('>');
    return { linkId, fromProcessor, toProcessor };
  });

describe('the paths of a graph', () => {
  for (const { name, graph, want } of [
    { name: 'are none without links', graph: [], want: [] },
    { name: 'lead along a chain', graph: links('a>b', 'b>c'), want: [['b>c', 'a', 'b', 'c']] },
    {
      name: 'lead from each source to each sink',
      graph: links('a>m', 'b>m', 'm>x', 'm>y'),
      want: [
        ['m>x', 'a', 'm', 'x'],
        ['m>x', 'b', 'm', 'x'],
        ['m>y', 'a', 'm', 'y'],
        ['m>y', 'b', 'm', 'y'],
      ],
    },
    {
      name: 'end with each link of a sink',
      graph: links('camera>meter', 'microphone>meter'),
      want: [
        ['camera>meter', 'camera', 'meter'],
        ['microphone>meter', 'microphone', 'meter'],
      ],
    },
    {
      name: 'take the shortest of several ways',
      graph: links('a>b', 'b>c', 'a>c', 'c>d'),
      want: [['c>d', 'a', 'c', 'd']],
    },
  ]) {
    it(name, () => {
      const { paths, unlistedEnds } = findPaths(graph);
      assert.deepEqual(
        paths.map(({ processorIds, lastLinkId }) => [lastLinkId, ...processorIds]),
        want,
      );
      assert.equal(unlistedEnds, 0);
    });
  }

  it('are bounded, and the ends of the others counted', () => {
    const sinks = Array.from({ length: MOST_PATHS + 10 }, (_, i) => `a>sink${i}`);
    const { paths, unlistedEnds } = findPaths(links(...sinks));
    assert.deepEqual([paths.length, unlistedEnds], [MOST_PATHS, 10]);
  });

  it('are bounded where many sources lead to one sink', () => {
    const sources = Array.from({ length: MOST_PATHS + 10 }, (_, i) => `source${i}>m`);
    const { paths, unlistedEnds } = findPaths(links(...sources, 'm>sink'));
    assert.deepEqual([paths.length, unlistedEnds], [MOST_PATHS, 1]);
  });
});
