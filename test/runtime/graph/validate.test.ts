import assert from 'node:assert/strict';
import {
  buildGraph,
  type Graph,
  type LinkSpec,
  type ProcessorSpec,
  validate,
} from '../../../server/runtime/graph/index.ts';
import { copyOf } from '../../../server/runtime/graph/sorted-map.ts';
import { parseOwner, parseProcessorId, USER } from '../../../server/runtime/ids.ts';
import { add, connect, contentOf, edit, graphOf, link, processor } from './support/edits.ts';
import { graphTypes } from './support/graph-types.ts';

const built = (processors: ProcessorSpec[], links: LinkSpec[] = []): Graph =>
  buildGraph({ revision: 7, ownerRevisions: [[USER, 5]], processors, links });

const faultsOf = (graph: Graph) => validate(graph, graphTypes).map(({ code, path }) => ({ code, path }));

const source = processor('source', 'DataSource', { typeVersion: 1 });
const sink = processor('sink', 'AnySink', { typeVersion: 1 });
const filter = processor('filter', 'DataFilter', { typeVersion: 3 });

describe('validate', () => {
  it('finds nothing wrong with what edits made', () => {
    const graph = graphOf(
      add('a', 'DataSource'),
      add('b', 'DataFilter'),
      connect('l', 'a.data', 'b.data_in'),
    );
    assert.deepEqual(faultsOf(graph), []);
  });

  for (const { name, graph, want } of [
    {
      name: 'an unknown type and the links that it makes unknowable',
      graph: built([processor('x', 'vendor.Gone'), sink], [link('l', 'x.data', 'sink.input')]),
      want: [
        { code: 'PROCESSOR_TYPE_UNKNOWN', path: 'processors[x].processor_type' },
        { code: 'PROCESSOR_TYPE_UNKNOWN', path: 'links[l].from_processor' },
      ],
    },
    {
      name: 'a config that breaks its schema',
      graph: built([processor('f', 'DataFilter', { config: { gain: 99 } })]),
      want: [{ code: 'CONFIG_INVALID', path: 'processors[f].config.gain' }],
    },
    {
      name: 'ports that do not fit',
      graph: built(
        [source, filter, processor('stereo', 'StereoSource')],
        [link('l1', 'stereo.audio', 'filter.data_in'), link('l2', 'source.video', 'filter.data_in')],
      ),
      want: [
        { code: 'PORT_TYPE_MISMATCH', path: 'links[l1].to_port' },
        { code: 'PORT_UNKNOWN', path: 'links[l2].from_port' },
      ],
    },
    {
      name: 'an input with two links that takes one, at both',
      graph: built(
        [source, filter],
        [link('l1', 'source.data', 'filter.data_in'), link('l2', 'source.data', 'filter.data_in')],
      ),
      want: [
        { code: 'INPUT_TAKEN', path: 'links[l1].to_port' },
        { code: 'INPUT_TAKEN', path: 'links[l2].to_port' },
      ],
    },
    {
      name: 'an id that is not its owner’s',
      graph: built([processor('a.b', 'AnySink', { owner: parseOwner('pipelines/c') })]),
      want: [{ code: 'ID_INVALID', path: 'processors[a.b].processor_id' }],
    },
  ]) {
    it(`finds ${name}`, () => assert.deepEqual(faultsOf(graph), want));
  }

  it('finds an index that does not agree with the links', () => {
    const graph = built([source, sink], [link('l', 'source.data', 'sink.input')]);
    const incoming = copyOf(graph.incoming);
    for (const key of graph.incoming.keys()) incoming.delete(key);
    assert.deepEqual(faultsOf({ ...graph, incoming }), [
      { code: 'INTERNAL', path: 'incoming[l]' },
      { code: 'INTERNAL', path: 'incoming' },
    ]);
  });

  it('finds ranks against which a link leads', () => {
    const graph = built([source, sink], [link('l', 'source.data', 'sink.input')]);
    const ranks = copyOf(graph.ranks);
    const [low, high] = ['source', 'sink'].map((id) => parseProcessorId(id)) as [never, never];
    ranks.set(low, graph.ranks.get(high) as number);
    ranks.set(high, graph.ranks.get(low) as number);
    assert.deepEqual(faultsOf({ ...graph, ranks }), [{ code: 'INTERNAL', path: 'links[l]' }]);
  });
});

describe('buildGraph', () => {
  it('holds exactly its content, whatever the order in which it came', () => {
    const links = [link('l2', 'filter.data_out', 'sink.input'), link('l1', 'source.data', 'filter.data_in')];
    const graph = built([sink, filter, source], links);
    assert.deepEqual(contentOf(graph), {
      revision: 7,
      ownerRevisions: { [USER]: 5 },
      processors: [filter, sink, source],
      links: [link('l1', 'source.data', 'filter.data_in'), link('l2', 'filter.data_out', 'sink.input')],
    });
    assert.deepEqual(faultsOf(graph), []);
  });

  it('can be edited from there, with the next revision', () => {
    const { graph } = edit(built([source, sink]), [connect('l', 'source.data', 'sink.input')]);
    assert.deepEqual([graph.revision, graph.ownerRevisions.get(USER)], [8, 8]);
  });

  it('lets the processors of unknown types be renamed, cut off and removed', () => {
    const graph = built([processor('x', 'vendor.Gone'), sink], [link('l', 'x.data', 'sink.input')]);
    const processorId = parseProcessorId('x');
    const renamed = edit(graph, [{ kind: 'update_processor', processorId, displayName: 'gone' }]);
    assert.equal(renamed.graph.processors.get(processorId)?.displayName, 'gone');
    const removed = edit(graph, [{ kind: 'remove_processor', processorId }]);
    assert.deepEqual(
      removed.changes.map(({ kind }) => kind),
      ['deleted', 'deleted'],
    );
    const reconfigure = { kind: 'update_processor', processorId, config: { a: 1 } } as const;
    assert.throws(() => edit(graph, [reconfigure]), { code: 'PROCESSOR_TYPE_UNKNOWN' });
  });

  it('refuses a link without its end', () => {
    assert.throws(() => built([source], [link('l', 'source.data', 'gone.input')]), {
      code: 'PROCESSOR_NOT_FOUND',
      path: 'to_processor',
    });
  });

  it('refuses a cycle', () => {
    const merges = ['a', 'b'].map((id) => processor(id, 'DataMerge'));
    const links = [link('l1', 'a.data_out', 'b.data_in'), link('l2', 'b.data_out', 'a.data_in')];
    assert.throws(() => built(merges, links), { code: 'CYCLE', details: { cycle: 'b -> a -> b' } });
  });
});
