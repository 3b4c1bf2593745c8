import fc from 'fast-check';
import type { GraphEdit, Labels } from '../../../../server/runtime/graph/index.ts';
import {
  type Owner,
  parseLinkId,
  parseOwner,
  parseProcessorId,
  USER,
} from '../../../../server/runtime/ids.ts';
import type { JsonObject } from '../../../../server/runtime/json.ts';
import { add, connect, disconnect, remove } from './edits.ts';

/** One owner's batch of edits. */
export interface Batch {
  readonly owner: Owner;
  readonly edits: readonly GraphEdit[];
}

/** Mostly the first of the values, the others now and then: edits are to meet, and be refused about as often as not. */
const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const LINK_NAMES = Array.from({ length: 12 }, (_, i) => `l${i}`);
const types = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('DataMerge', 'DataFilter', 'DataJoin') },
  fc.constantFrom('DataSource', 'AnySink', 'StereoSource', 'AudioGain', 'Nothing'),
);
const outputs = mostly('data_out', 'data', 'audio', 'audio_out');
const inputs = mostly('data_in', 'other_in', 'audio_in', 'input');
const configs = mostly<JsonObject>({}, { gain: 2 }, { gain: 11 }, { gain: null, mode: 'exact' }, { gian: 1 });
const capacities = mostly<number | undefined>(undefined, 1, 64, 0);

function editsOf(
  owner: Owner,
  names: readonly string[],
  linkNames: readonly string[],
): fc.Arbitrary<GraphEdit> {
  const own = fc.constantFrom(...names);
  const everybody = fc.constantFrom(...NAMES, ...names);
  const ids = fc.oneof({ weight: 9, arbitrary: own }, { weight: 1, arbitrary: everybody });
  const links = fc.constantFrom(...linkNames);
  const processorId = ids.map((id) => parseProcessorId(id));
  const connections = fc
    .tuple(links, everybody, outputs, everybody, inputs, capacities)
    .map(([id, from, output, to, input, capacityFrames]) =>
      connect(id, `${from}.${output}`, `${to}.${input}`, { owner, capacityFrames }),
    );
  const updates = fc.record(
    {
      kind: fc.constant('update_processor' as const),
      processorId,
      displayName: fc.constantFrom('', 'x'),
      config: configs,
      labels: fc.constantFrom<Labels>({}, { k: 'v' }),
    },
    { requiredKeys: ['kind', 'processorId'] },
  );
  const replacements = fc.record({
    kind: fc.constant('replace_processor' as const),
    processorId,
    processorType: types,
    config: fc.constantFrom(undefined, {}),
  });
  const linkUpdates = fc.record({
    kind: fc.constant('update_link' as const),
    linkId: links.map((id) => parseLinkId(id)),
    capacityFrames: fc.constantFrom('default' as const, 1, 64, 70_000),
  });
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(own, types, configs).map(([id, type, config]) => add(id, type, { owner, config })),
    },
    { weight: 20, arbitrary: connections },
    { weight: 1, arbitrary: ids.map(remove) },
    { weight: 2, arbitrary: links.map(disconnect) },
    { weight: 2, arbitrary: updates },
    { weight: 1, arbitrary: replacements },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('pause_processor', 'resume_processor'), processorId }),
    },
    { weight: 1, arbitrary: linkUpdates },
  );
}

const batchesOf = (owner: Owner, edits: fc.Arbitrary<GraphEdit>): fc.Arbitrary<Batch> =>
  fc
    .oneof(
      { weight: 4, arbitrary: edits.map((one) => [one]) },
      { weight: 1, arbitrary: fc.array(edits, { maxLength: 4 }) },
    )
    .map((list) => ({ owner, edits: list }));

const pipeline = parseOwner('pipelines/p');
const own = batchesOf(USER, editsOf(USER, NAMES, LINK_NAMES));
const ofPipeline = batchesOf(
  pipeline,
  editsOf(pipeline, ['p.a', 'p.b', 'p.c'], ['p.l0', 'p.l1', 'p.l2', 'p.l3']),
);
const populations = fc
  .tuple(...NAMES.map((name) => types.map((type) => add(name, type))))
  .map((edits): Batch[] => edits.map((one) => ({ owner: USER, edits: [one] })));

/** Batches of edits by the user, and now and then by a pipeline, on a graph that soon has many links. */
export const batches: fc.Arbitrary<Batch[]> = fc
  .tuple(
    populations,
    fc.array(fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: ofPipeline }), {
      maxLength: 80,
      size: 'max',
    }),
  )
  .map(([population, list]) => [...population, ...list]);
