import assert from 'node:assert/strict';
import fc from 'fast-check';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import {
  apply,
  editsToTarget,
  emptyGraph,
  type Graph,
  type GraphTarget,
  type LinkSpec,
  type ProcessorSpec,
  type TargetLink,
} from '../../../server/runtime/graph/index.ts';
import { type Owner, parseLinkId, parseOwner, USER } from '../../../server/runtime/ids.ts';
import { batches } from './support/arbitrary-edits.ts';
import { add, connect, contentOf, edit, graphOf, link, processor } from './support/edits.ts';
import { graphTypes } from './support/graph-types.ts';

interface Wanted {
  readonly processors?: readonly ProcessorSpec[];
  readonly links?: readonly TargetLink[];
  readonly keepsOthers?: boolean;
  readonly owner?: Owner;
}

/** Applies a target as the runtime does: worked out, then applied. */
function reach(graph: Graph, { processors = [], links = [], keepsOthers = false, owner = USER }: Wanted) {
  const target: GraphTarget = { processors, links, keepsOthers };
  const drawLinkId = () => parseLinkId('drawn');
  const { edits, pathPrefix } = editsToTarget(graph, target, { owner, types: graphTypes, drawLinkId });
  return apply(graph, edits, { owner, types: graphTypes, pathPrefix });
}

const wholeOf = (graph: Graph): Wanted => ({
  processors: [...graph.processors.values()],
  links: [...graph.links.values()],
});

/** The graph after those batches of the user that are accepted. */
const userGraphs = batches.map((list) =>
  list
    .filter(({ owner }) => owner === USER)
    .reduce((graph, { edits }) => {
      try {
        return edit(graph, edits).graph;
      } catch (error) {
        assert.ok(error instanceof StreamlibError, String(error));
        return graph;
      }
    }, emptyGraph()),
);

const withoutId = ({ linkId: _, ...rest }: LinkSpec): TargetLink => rest;

describe('a target', () => {
  it('leads from any graph to any other, and is then a no-op', () => {
    fc.assert(
      fc.property(userGraphs, userGraphs, (from, to) => {
        const { graph } = reach(from, wholeOf(to));
        const [{ processors, links }, wanted] = [contentOf(graph), contentOf(to)];
        assert.deepEqual({ processors, links }, { processors: wanted.processors, links: wanted.links });
        assert.equal(reach(graph, wholeOf(to)).unchanged, true);
        assert.equal(reach(graph, wholeOf(to)).graph, graph);
      }),
      { numRuns: 100 },
    );
  });

  it('finds links without ids by their ends', () => {
    fc.assert(
      fc.property(userGraphs, (graph) => {
        const links = [...graph.links.values()];
        const isOneOf = ({ from, to }: LinkSpec) =>
          links.filter((other) => sameEnds(other, { from, to })).length === 1;
        const wanted = links.map((one) => (isOneOf(one) ? withoutId(one) : one));
        assert.equal(reach(graph, { ...wholeOf(graph), links: wanted }).unchanged, true);
      }),
      { numRuns: 100 },
    );
  });

  const base = graphOf(
    add('a', 'DataFilter', { config: { gain: 2, token: 'secret' } }),
    add('b', 'DataMerge'),
    connect('l', 'a.data_out', 'b.data_in'),
  );
  const a = processor('a', 'DataFilter', { config: { gain: 2, token: '***' } });
  const b = processor('b', 'DataMerge');
  const l = link('l', 'a.data_out', 'b.data_in');

  it('leaves out what it does not name, or keeps it', () => {
    const gone = reach(base, { processors: [a] });
    assert.deepEqual(gone.changes, [
      { kind: 'deleted', linkId: 'l' },
      { kind: 'deleted', processorId: 'b' },
    ]);
    assert.equal(reach(base, { processors: [a], keepsOthers: true }).unchanged, true);
  });

  it('takes a mask for the secret that is there', () => {
    assert.equal(reach(base, { processors: [a, b], links: [l] }).unchanged, true);
    const louder = processor('a', 'DataFilter', { config: { gain: 3, token: '***' } });
    const { graph } = reach(base, { processors: [louder, b], links: [l] });
    assert.deepEqual(graph.processors.get(louder.processorId)?.config, { gain: 3, token: 'secret' });
    assert.throws(() => reach(emptyGraph(), { processors: [a] }), {
      code: 'CONFIG_INVALID',
      path: 'target.processors[0].config.token',
    });
  });

  it('turns a link around that has the same id, which closes no cycle', () => {
    const merges = graphOf(
      add('a', 'DataMerge'),
      add('b', 'DataMerge'),
      connect('l', 'a.data_out', 'b.data_in'),
    );
    const turned = link('l', 'b.data_out', 'a.data_in');
    const { changes } = reach(merges, {
      processors: [processor('a', 'DataMerge'), processor('b', 'DataMerge')],
      links: [turned],
    });
    assert.deepEqual(changes, [{ kind: 'replaced', linkId: 'l', fields: ['from', 'to'] }]);
  });

  it('sees the parts of one owner only', () => {
    const owner = parseOwner('pipelines/p');
    const part = processor('p.a', 'DataMerge', { owner });
    const both = reach(base, { processors: [part], owner }).graph;
    assert.equal(both.processors.size, 3);
    assert.equal(reach(both, { owner }).graph.processors.size, 2);
    assert.throws(() => reach(both, { processors: [part] }), {
      code: 'OWNED',
      path: 'target.processors[0].owner',
    });
  });

  for (const { name, wanted, code, path } of [
    {
      name: 'a config that cannot be',
      wanted: { processors: [b, processor('a', 'DataFilter', { config: { gain: 11 } })] },
      code: 'CONFIG_INVALID',
      path: 'target.processors[1].config.gain',
    },
    {
      name: 'an unknown type',
      wanted: { processors: [processor('c', 'DataFiltre')] },
      code: 'PROCESSOR_TYPE_UNKNOWN',
      path: 'target.processors[0].processor_type',
    },
    {
      name: 'a processor that stands there twice',
      wanted: { processors: [b, b] },
      code: 'ID_TAKEN',
      path: 'target.processors[1].processor_id',
    },
    {
      name: 'a link that stands there twice',
      wanted: { processors: [a, b], links: [l, l] },
      code: 'ID_TAKEN',
      path: 'target.links[1].link_id',
    },
    {
      name: 'a link to a processor that goes',
      wanted: { processors: [a], links: [l] },
      code: 'PROCESSOR_NOT_FOUND',
      path: 'target.links[0].to_processor',
    },
    {
      name: 'a port that is none',
      wanted: { processors: [a, b], links: [l, link('m', 'a.data', 'b.data_in')] },
      code: 'PORT_UNKNOWN',
      path: 'target.links[1].from_port',
    },
    {
      name: 'a cycle',
      wanted: {
        processors: [processor('b', 'DataMerge'), processor('c', 'DataMerge')],
        links: [link('m', 'b.data_out', 'c.data_in'), link('n', 'c.data_out', 'b.data_in')],
      },
      code: 'CYCLE',
      path: 'target.links[1].to_processor',
    },
    {
      name: 'a capacity that cannot be',
      wanted: { processors: [a, b], links: [{ ...l, capacityFrames: 0 }] },
      code: 'FIELD_INVALID',
      path: 'target.links[0].capacity_frames',
    },
  ]) {
    it(`refuses ${name} and says where it stands`, () => {
      assert.throws(() => reach(base, wanted), { code, path });
    });
  }
});

const sameEnds = (one: Pick<LinkSpec, 'from' | 'to'>, other: Pick<LinkSpec, 'from' | 'to'>): boolean =>
  JSON.stringify([one.from, one.to]) === JSON.stringify([other.from, other.to]);
