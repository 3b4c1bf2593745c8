import assert from 'node:assert/strict';
import {
  allLinks,
  allProcessors,
  apply,
  type Change,
  type GraphEdit,
  getLink,
  getProcessor,
  linkIdsOf,
  ownerRevision,
  type ProcessorSpec,
  processorsInLinkOrder,
} from '../../../server/runtime/graph/index.ts';
import { parseLinkId, parseOwner, parseProcessorId, USER } from '../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../server/runtime/json.ts';
import { add, connect, disconnect, edit, graphOf, remove } from './support/edits.ts';
import { graphTypes } from './support/graph-types.ts';

const filter = parseProcessorId('filter');
const update = (more: object): GraphEdit => ({ kind: 'update_processor', processorId: filter, ...more });
const graph = graphOf(
  add('source', 'DataSource'),
  add('filter', 'DataFilter', {
    config: { gain: 2, limits: { low: 1 } },
    labels: { room: 'a' },
    displayName: 'F',
  }),
  add('sink', 'AnySink'),
  connect('l1', 'source.data', 'filter.data_in', { delivery: 'latest', capacityFrames: 8 }),
  connect('l2', 'filter.data_out', 'sink.input'),
);
const specOf = (more: object): ProcessorSpec | undefined =>
  getProcessor(edit(graph, [update(more)]).graph, filter);

describe('apply', () => {
  it('makes one revision of a batch, in which later edits use what earlier ones added', () => {
    assert.equal(graph.revision, 1);
    assert.deepEqual(
      [...allProcessors(graph)].map((spec) => spec.processorId),
      ['filter', 'sink', 'source'],
    );
    assert.deepEqual(
      [...allLinks(graph)].map((spec) => spec.linkId),
      ['l1', 'l2'],
    );
  });

  it('keeps the config as it was given, without null keys, and the version that it is of', () => {
    const config = { gain: 3, mode: null, limits: { low: null, high: 2 } };
    const spec = getProcessor(graphOf(add('f', 'DataFilter', { config })), parseProcessorId('f'));
    assert.deepEqual(spec?.config, { gain: 3, limits: { high: 2 } });
    assert.equal(spec?.typeVersion, 3);
  });

  it('turns a config of an older version into one of this version', () => {
    const older = add('f', 'DataFilter', { typeVersion: 2, config: { factor: 4 } });
    const spec = getProcessor(graphOf(older), parseProcessorId('f'));
    assert.deepEqual([spec?.config, spec?.typeVersion], [{ gain: 4 }, 3]);
  });

  for (const { name, patch, want } of [
    { name: 'changes one key', patch: { gain: 5 }, want: { gain: 5, limits: { low: 1 } } },
    {
      name: 'adds a nested key',
      patch: { limits: { high: 9 } },
      want: { gain: 2, limits: { low: 1, high: 9 } },
    },
    { name: 'returns a key to its default', patch: { gain: null }, want: { limits: { low: 1 } } },
    {
      name: 'takes a list whole',
      patch: { weights: [1, 2] },
      want: { gain: 2, limits: { low: 1 }, weights: [1, 2] },
    },
  ] satisfies { name: string; patch: JsonObject; want: JsonObject }[]) {
    it(`merges a config patch: ${name}`, () => assert.deepEqual(specOf({ config: patch })?.config, want));
  }

  it('replaces the whole config when told to', () => {
    assert.deepEqual(specOf({ config: { mode: 'exact', gain: null }, replaceConfig: true })?.config, {
      mode: 'exact',
    });
  });

  it('keeps the objects that an update does not change', () => {
    const spec = specOf({ displayName: 'G', config: { gain: 2 } });
    assert.equal(spec?.config, getProcessor(graph, filter)?.config);
    assert.equal(spec?.displayName, 'G');
    assert.deepEqual(spec?.labels, { room: 'a' });
  });

  for (const { name, edits, want } of [
    {
      name: 'an update, with its fields',
      edits: [update({ displayName: 'G', labels: {}, config: { gain: 3 } })],
      want: [{ kind: 'updated', processorId: 'filter', fields: ['display_name', 'config', 'labels'] }],
    },
    {
      name: 'a pause',
      edits: [{ kind: 'pause_processor', processorId: filter }],
      want: [{ kind: 'paused', processorId: 'filter', fields: ['paused'] }],
    },
    {
      name: 'a link back at its defaults',
      edits: [
        { kind: 'update_link', linkId: parseLinkId('l1'), delivery: 'default', capacityFrames: 'default' },
      ],
      want: [{ kind: 'updated', linkId: 'l1', fields: ['delivery', 'capacity_frames'] }],
    },
    {
      name: 'a removal with the links that go before it',
      edits: [remove('filter')],
      want: [
        { kind: 'deleted', linkId: 'l1' },
        { kind: 'deleted', linkId: 'l2' },
        { kind: 'deleted', processorId: 'filter' },
      ],
    },
    {
      name: 'what goes before what comes, processors before their links',
      edits: [
        add('new', 'DataFilter'),
        connect('l3', 'source.data', 'new.data_in'),
        disconnect('l2'),
        remove('sink'),
      ],
      want: [
        { kind: 'deleted', linkId: 'l2' },
        { kind: 'deleted', processorId: 'sink' },
        { kind: 'created', processorId: 'new' },
        { kind: 'created', linkId: 'l3' },
      ],
    },
    {
      name: 'several edits of one part as one change',
      edits: [update({ displayName: 'G' }), { kind: 'pause_processor', processorId: filter }],
      want: [{ kind: 'updated', processorId: 'filter', fields: ['display_name', 'paused'] }],
    },
    {
      name: 'an id that stands for another type now',
      edits: [remove('sink'), add('sink', 'DataSource')],
      want: [
        { kind: 'deleted', linkId: 'l2' },
        { kind: 'replaced', processorId: 'sink', fields: ['processor_type'] },
      ],
    },
    {
      name: 'an id that stands for a link between other ports now',
      edits: [disconnect('l2'), connect('l2', 'source.data', 'sink.input')],
      want: [{ kind: 'replaced', linkId: 'l2', fields: ['from'] }],
    },
    {
      name: 'a replacement that cannot have one of the links',
      edits: [{ kind: 'replace_processor', processorId: filter, processorType: 'DataSource', config: {} }],
      want: [
        { kind: 'deleted', linkId: 'l1' },
        { kind: 'deleted', linkId: 'l2' },
        {
          kind: 'replaced',
          processorId: 'filter',
          fields: ['processor_type', 'type_version', 'config'],
        },
      ],
    },
    {
      name: 'a replacement that can have both',
      edits: [{ kind: 'replace_processor', processorId: filter, processorType: 'DataMerge', config: {} }],
      want: [
        { kind: 'replaced', processorId: 'filter', fields: ['processor_type', 'type_version', 'config'] },
      ],
    },
  ] as { name: string; edits: GraphEdit[]; want: Change[] }[]) {
    it(`tells of ${name}`, () => {
      const applied = edit(graph, edits);
      assert.deepEqual(applied.changes, want);
      assert.equal(applied.unchanged, false);
      assert.equal(applied.graph.revision, graph.revision + 1);
    });
  }

  for (const { name, edits } of [
    { name: 'no edits', edits: [] },
    { name: 'values that are there already', edits: [update({ config: { gain: 2 }, displayName: 'F' })] },
    { name: 'resuming what is not paused', edits: [{ kind: 'resume_processor', processorId: filter }] },
    {
      name: 'a default where there is one',
      edits: [{ kind: 'update_link', linkId: parseLinkId('l2'), delivery: 'default' }],
    },
    {
      name: 'coming and going',
      edits: [add('x', 'AnySink'), connect('l3', 'source.data', 'x.input'), remove('x')],
    },
    {
      name: 'going and coming back the same',
      edits: [
        disconnect('l2'),
        remove('sink'),
        add('sink', 'AnySink'),
        connect('l2', 'filter.data_out', 'sink.input'),
      ],
    },
    { name: 'there and back', edits: [update({ displayName: 'G' }), update({ displayName: 'F' })] },
  ] as { name: string; edits: GraphEdit[] }[]) {
    it(`makes no revision of ${name}`, () => {
      const applied = edit(graph, edits);
      assert.equal(applied.unchanged, true);
      assert.deepEqual(applied.changes, []);
      assert.equal(applied.graph, graph);
    });
  }

  it('puts an equal spec back as the same object beside other changes', () => {
    const applied = edit(graph, [remove('sink'), add('sink', 'AnySink'), add('x', 'AnySink')]);
    const sink = parseProcessorId('sink');
    assert.equal(getProcessor(applied.graph, sink), getProcessor(graph, sink));
  });

  it('lets an input that says many take several links, also between the same ports', () => {
    const { graph: next } = edit(graph, [
      connect('l3', 'source.data', 'sink.input'),
      connect('l4', 'source.data', 'sink.input'),
    ]);
    assert.deepEqual([...linkIdsOf(next, parseProcessorId('sink'))].sort(), ['l2', 'l3', 'l4']);
  });

  it('gives the links of each id alone, though ids begin alike', () => {
    const next = graphOf(
      add('a', 'DataSource'),
      add('a-b', 'DataSource'),
      add('a1', 'DataSource'),
      add('sink', 'AnySink'),
      connect('l1', 'a.data', 'sink.input'),
      connect('l2', 'a-b.data', 'sink.input'),
      connect('l3', 'a1.data', 'sink.input'),
    );
    for (const [id, linkId] of [
      ['a', 'l1'],
      ['a-b', 'l2'],
      ['a1', 'l3'],
    ] as const) {
      assert.deepEqual([...linkIdsOf(next, parseProcessorId(id))], [linkId]);
    }
  });

  it('lists from an id on, also one that is gone', () => {
    const idsAfter = (id: string) =>
      [...allProcessors(graph, parseProcessorId(id))].map((spec) => spec.processorId);
    assert.deepEqual(
      [idsAfter('filter'), idsAfter('g'), idsAfter('source')],
      [['sink', 'source'], ['sink', 'source'], []],
    );
    assert.deepEqual(
      [...allLinks(graph, parseLinkId('l1'))].map((spec) => spec.linkId),
      ['l2'],
    );
  });

  it('orders processors along their links', () => {
    const backwards = graphOf(
      add('c', 'DataMerge'),
      add('b', 'DataMerge'),
      add('a', 'DataMerge'),
      connect('l1', 'b.data_out', 'c.data_in'),
      connect('l2', 'a.data_out', 'b.data_in'),
    );
    assert.deepEqual(
      processorsInLinkOrder(backwards).map((spec) => spec.processorId),
      ['a', 'b', 'c'],
    );
  });

  it('lets a link cross owners, and counts the revisions of each owner whose part changed', () => {
    const owner = parseOwner('runners/r');
    const crossed = apply(
      graph,
      [add('r.tap', 'AnySink', { owner }), connect('r.link', 'filter.data_out', 'r.tap.input', { owner })],
      { owner, types: graphTypes },
    ).graph;
    assert.deepEqual([ownerRevision(crossed, USER), ownerRevision(crossed, owner)], [1, 2]);
    const removed = edit(crossed, [remove('filter')]);
    assert.equal(getLink(removed.graph, parseLinkId('r.link')), undefined);
    assert.deepEqual([ownerRevision(removed.graph, USER), ownerRevision(removed.graph, owner)], [3, 3]);
  });
});
