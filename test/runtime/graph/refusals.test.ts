import assert from 'node:assert/strict';
import type { ErrorReason } from '../../../server/runtime/errors.ts';
import { StreamlibError } from '../../../server/runtime/errors.ts';
import { apply, type GraphEdit } from '../../../server/runtime/graph/index.ts';
import {
  type Owner,
  parseLinkId,
  parseOwner,
  parseProcessorId,
  SYSTEM,
  USER,
} from '../../../server/runtime/ids.ts';
import { add, connect, contentOf, disconnect, edit, graphOf, remove } from './support/edits.ts';
import { graphTypes } from './support/graph-types.ts';

const pipeline = parseOwner('pipelines/p');

// source -> filter -> merge -> sink, and p.source -> merge, which belongs to the pipeline p
const graph = edit(
  graphOf(
    add('source', 'DataSource'),
    add('filter', 'DataFilter'),
    add('merge', 'DataMerge'),
    add('sink', 'AnySink'),
    add('stereo', 'StereoSource'),
    add('mono', 'MonoMeter'),
    connect('l1', 'source.data', 'filter.data_in'),
    connect('l2', 'filter.data_out', 'merge.data_in'),
    connect('l3', 'merge.data_out', 'sink.input'),
  ),
  [
    add('p.source', 'DataSource', { owner: pipeline }),
    connect('p.link', 'p.source.data', 'merge.data_in', { owner: pipeline }),
  ],
  pipeline,
).graph;

const filter = parseProcessorId('filter');
const update = (more: object): GraphEdit => ({ kind: 'update_processor', processorId: filter, ...more });

interface Refusal {
  readonly name: string;
  readonly edit: GraphEdit;
  readonly owner?: Owner;
  readonly code: ErrorReason;
  readonly path: string;
  /** What the message has to name. */
  readonly names: readonly string[];
}

const refusals: Refusal[] = [
  {
    name: 'an id that is taken',
    edit: add('filter', 'AnySink'),
    code: 'ID_TAKEN',
    path: 'processor_id',
    names: ['filter'],
  },
  {
    name: 'an id with a dot outside of its pipeline',
    edit: add('p.mine', 'AnySink'),
    code: 'ID_INVALID',
    path: 'processor_id',
    names: ['p.mine'],
  },
  {
    name: 'an unknown type, with the nearest names',
    edit: add('x', 'DataFliter'),
    code: 'PROCESSOR_TYPE_UNKNOWN',
    path: 'processor_type',
    names: ['DataFliter', 'DataFilter'],
  },
  {
    name: 'a version that is newer than the type',
    edit: add('x', 'DataFilter', { typeVersion: 4 }),
    code: 'PROCESSOR_TYPE_UNKNOWN',
    path: 'type_version',
    names: ['3', '4'],
  },
  {
    name: 'an older version of a type that cannot migrate',
    edit: add('x', 'FileSource', { typeVersion: 2, config: { path: 'a' } }),
    code: 'PROCESSOR_TYPE_UNKNOWN',
    path: 'type_version',
    names: ['FileSource', '2'],
  },
  {
    name: 'a config value out of range',
    edit: add('x', 'DataFilter', { config: { gain: 11 } }),
    code: 'CONFIG_INVALID',
    path: 'config.gain',
    names: ['config.gain', '11', '10'],
  },
  {
    name: 'a missing config field',
    edit: add('x', 'FileSource'),
    code: 'CONFIG_INVALID',
    path: 'config.path',
    names: ['config.path', 'required'],
  },
  {
    name: 'a null where a field is required',
    edit: add('x', 'FileSource', { config: { path: null } }),
    code: 'CONFIG_INVALID',
    path: 'config.path',
    names: ['config.path', 'required'],
  },
  {
    name: 'an unknown config field',
    edit: add('x', 'DataFilter', { config: { gian: 2 } }),
    code: 'FIELD_UNKNOWN',
    path: 'config.gian',
    names: ['config.gian', '2', 'gain'],
  },
  {
    name: 'a display name that is too long',
    edit: add('x', 'AnySink', { displayName: 'n'.repeat(257) }),
    code: 'FIELD_INVALID',
    path: 'display_name',
    names: ['display_name', '256', 'nnn'],
  },
  {
    name: 'too many labels',
    edit: add('x', 'AnySink', {
      labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, ''])),
    }),
    code: 'FIELD_INVALID',
    path: 'labels',
    names: ['labels', '64', '65'],
  },
  {
    name: 'a label key that is too long',
    edit: add('x', 'AnySink', { labels: { ['k'.repeat(64)]: 'v' } }),
    code: 'FIELD_INVALID',
    path: 'labels',
    names: ['labels', '63', 'kkk'],
  },
  {
    name: 'a lane name that is none',
    edit: add('x', 'AnySink', { placement: { lane: 'no lane', priority: 'normal' } }),
    code: 'ID_INVALID',
    path: 'placement.lane',
    names: ['placement.lane', 'no lane'],
  },
  {
    name: 'a lane that is the own one of another processor',
    edit: add('x', 'AnySink', { placement: { lane: 'dedicated-filter', priority: 'normal' } }),
    code: 'FIELD_INVALID',
    path: 'placement.lane',
    names: ['dedicated-filter'],
  },
  {
    name: 'a processor of another owner',
    edit: add('p.x', 'AnySink', { owner: pipeline }),
    code: 'OWNED',
    path: 'processor_id',
    names: ['p.x', 'pipelines/p'],
  },
  {
    name: 'removing nothing',
    edit: remove('nobody'),
    code: 'PROCESSOR_NOT_FOUND',
    path: 'processor_id',
    names: ['nobody'],
  },
  {
    name: "removing another owner's",
    edit: remove('p.source'),
    code: 'OWNED',
    path: 'processor_id',
    names: ['pipelines/p'],
  },
  {
    name: "a pipeline's edit of what the user has",
    edit: remove('filter'),
    owner: pipeline,
    code: 'OWNED',
    path: 'processor_id',
    names: ['filter', 'the user'],
  },
  {
    name: 'pausing nothing',
    edit: { kind: 'pause_processor', processorId: parseProcessorId('nobody') },
    code: 'PROCESSOR_NOT_FOUND',
    path: 'processor_id',
    names: ['nobody'],
  },
  {
    name: "resuming another owner's",
    edit: { kind: 'resume_processor', processorId: parseProcessorId('p.source') },
    code: 'OWNED',
    path: 'processor_id',
    names: ['p.source'],
  },
  {
    name: 'a patch that breaks the config',
    edit: update({ config: { mode: 'slow' } }),
    code: 'CONFIG_INVALID',
    path: 'config.mode',
    names: ['config.mode', '"slow"', '"fast"', '"exact"'],
  },
  {
    name: 'a patch of a nested field with a wrong type',
    edit: update({ config: { limits: { low: 'zero' } } }),
    code: 'CONFIG_INVALID',
    path: 'config.limits.low',
    names: ['config.limits.low', '"zero"', 'number'],
  },
  {
    name: 'an unknown nested field',
    edit: update({ config: { limits: { hihg: 3 } } }),
    code: 'FIELD_UNKNOWN',
    path: 'config.limits.hihg',
    names: ['config.limits.hihg', '3', 'high'],
  },
  {
    name: 'replace_config without a config',
    edit: update({ replaceConfig: true }),
    code: 'FIELD_INVALID',
    path: 'replace_config',
    names: ['replace_config'],
  },
  {
    name: 'a replacement by an unknown type',
    edit: { kind: 'replace_processor', processorId: filter, processorType: 'Nothing' },
    code: 'PROCESSOR_TYPE_UNKNOWN',
    path: 'processor_type',
    names: ['Nothing'],
  },
  {
    name: 'a replacement whose version does not exist',
    edit: { kind: 'replace_processor', processorId: filter, processorType: 'DataMerge', typeVersion: 7 },
    code: 'PROCESSOR_TYPE_UNKNOWN',
    path: 'type_version',
    names: ['DataMerge', '7'],
  },
  {
    name: 'a link id that is taken',
    edit: connect('l1', 'source.data', 'sink.input'),
    code: 'ID_TAKEN',
    path: 'link_id',
    names: ['l1'],
  },
  {
    name: 'a link from nothing',
    edit: connect('x', 'nobody.data', 'sink.input'),
    code: 'PROCESSOR_NOT_FOUND',
    path: 'from_processor',
    names: ['from_processor', 'nobody'],
  },
  {
    name: 'a link to nothing',
    edit: connect('x', 'source.data', 'nobody.input'),
    code: 'PROCESSOR_NOT_FOUND',
    path: 'to_processor',
    names: ['to_processor', 'nobody'],
  },
  {
    name: 'an unknown output, with the outputs that exist',
    edit: connect('x', 'source.video', 'sink.input'),
    code: 'PORT_UNKNOWN',
    path: 'from_port',
    names: ['video', 'source', 'data'],
  },
  {
    name: 'an unknown input of a type without inputs',
    edit: connect('x', 'filter.data_out', 'source.data'),
    code: 'PORT_UNKNOWN',
    path: 'to_port',
    names: ['data', 'source', 'no inputs'],
  },
  {
    name: 'ports of differing types, with both types',
    edit: connect('x', 'stereo.audio', 'mono.audio_in'),
    code: 'PORT_TYPE_MISMATCH',
    path: 'to_port',
    names: ['AudioFrame<2>', 'AudioFrame<1>', 'stereo', 'mono'],
  },
  {
    name: 'a second link into a single input, with the link that has it',
    edit: connect('x', 'source.data', 'filter.data_in'),
    code: 'INPUT_TAKEN',
    path: 'to_port',
    names: ['data_in', 'filter', 'l1'],
  },
  {
    name: 'a cycle, with the cycle',
    edit: connect('x', 'merge.data_out', 'merge.data_in'),
    code: 'CYCLE',
    path: 'to_processor',
    names: ['merge -> merge'],
  },
  {
    name: 'a capacity of none',
    edit: connect('x', 'source.data', 'sink.input', { capacityFrames: 0 }),
    code: 'FIELD_INVALID',
    path: 'capacity_frames',
    names: ['capacity_frames', '65536', '0'],
  },
  {
    name: 'a capacity that is too large',
    edit: { kind: 'update_link', linkId: parseLinkId('l1'), capacityFrames: 65_537 },
    code: 'FIELD_INVALID',
    path: 'capacity_frames',
    names: ['65537'],
  },
  {
    name: 'cutting nothing',
    edit: disconnect('nothing'),
    code: 'LINK_NOT_FOUND',
    path: 'link_id',
    names: ['nothing'],
  },
  {
    name: "cutting another owner's link",
    edit: disconnect('p.link'),
    code: 'OWNED',
    path: 'link_id',
    names: ['p.link'],
  },
  {
    name: "changing another owner's link",
    edit: { kind: 'update_link', linkId: parseLinkId('p.link'), delivery: 'latest' },
    code: 'OWNED',
    path: 'link_id',
    names: ['p.link', 'pipelines/p'],
  },
];

function refusalOf(run: () => unknown): StreamlibError {
  try {
    run();
  } catch (error) {
    if (error instanceof StreamlibError) return error;
    throw error;
  }
  assert.fail('it was accepted');
}

describe('apply refuses', () => {
  for (const { name, edit: refused, owner = USER, code, path, names } of refusals) {
    it(`${name}: ${code}`, () => {
      const before = structuredClone(contentOf(graph));
      const error = refusalOf(() => edit(graph, [refused], owner));
      assert.equal(error.code, code, error.message);
      assert.equal(error.path, path);
      for (const part of names)
        assert.ok(error.message.includes(part), `"${error.message}" does not name "${part}"`);
      assert.deepEqual(contentOf(graph), before);
    });
  }

  it('a cycle over several links, in the order of the links', () => {
    const chain = graphOf(
      add('a', 'DataMerge'),
      add('b', 'DataMerge'),
      add('c', 'DataMerge'),
      connect('l1', 'a.data_out', 'b.data_in'),
      connect('l2', 'b.data_out', 'c.data_in'),
    );
    const error = refusalOf(() => edit(chain, [connect('l3', 'c.data_out', 'a.data_in')]));
    assert.equal(error.code, 'CYCLE');
    assert.equal(error.details.cycle, 'c -> a -> b -> c');
  });

  it('every fault of a config at once', () => {
    const error = refusalOf(() =>
      edit(graph, [add('x', 'DataFilter', { config: { gain: 11, mode: 'slow', no: 1 } })]),
    );
    assert.deepEqual(error.faults.map(({ path }) => path).sort(), [
      'config.gain',
      'config.mode',
      'config.no',
    ]);
  });

  it('a whole batch for one of its edits, naming that one', () => {
    const error = refusalOf(() =>
      apply(graph, [add('new', 'AnySink'), add('filter', 'AnySink')], {
        owner: USER,
        types: graphTypes,
        pathPrefix: (index) => `commands[${index}].`,
      }),
    );
    assert.equal(error.path, 'commands[1].processor_id');
    assert.ok(error.message.startsWith('commands[1].processor_id '), error.message);
    assert.equal(graph.processors.has(parseProcessorId('new')), false);
  });

  it('edits of the server’s own part, which is in no graph', () => {
    assert.equal(refusalOf(() => edit(graph, [], SYSTEM)).code, 'OWNED');
  });

  it('an expected revision that is not the last of the owner, whatever others did', () => {
    const attempt = (owner: Owner, expectedRevision: number) => () =>
      apply(graph, [], { owner, expectedRevision, types: graphTypes });
    assert.deepEqual(
      [graph.revision, graph.ownerRevisions.get(USER), graph.ownerRevisions.get(pipeline)],
      [2, 1, 2],
    );
    assert.doesNotThrow(attempt(USER, 1));
    assert.doesNotThrow(attempt(pipeline, 2));
    const error = refusalOf(attempt(USER, 2));
    assert.equal(error.code, 'REVISION_MISMATCH');
    assert.equal(error.message, 'expected_revision must be 1, the last of the user, was 2');
  });
});
