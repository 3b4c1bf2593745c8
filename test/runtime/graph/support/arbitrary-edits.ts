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

// So few ids and types that edits often meet, and are refused as often as not.
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const TYPES = [
  'DataSource',
  'DataFilter',
  'DataMerge',
  'DataJoin',
  'AnySink',
  'StereoSource',
  'AudioGain',
  'Nothing',
];
const OUTPUTS = ['data', 'data_out', 'audio', 'audio_out'];
const INPUTS = ['data_in', 'other_in', 'audio_in', 'input'];

const configs = fc.constantFrom<JsonObject[]>(
  {},
  { gain: 2 },
  { gain: 11 },
  { gain: null, mode: 'exact' },
  { gian: 1 },
);
const capacities = fc.constantFrom(undefined, 1, 64, 0);

function editsOf(
  owner: Owner,
  names: readonly string[],
  linkNames: readonly string[],
): fc.Arbitrary<GraphEdit> {
  const everybody = [...NAMES, ...names];
  const mostly = fc.constantFrom(...names);
  const ids = fc.oneof(
    { weight: 9, arbitrary: mostly },
    { weight: 1, arbitrary: fc.constantFrom(...everybody) },
  );
  const ends = fc.constantFrom(...everybody);
  const links = fc.constantFrom(...linkNames);
  const processorId = ids.map((id) => parseProcessorId(id));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          mostly,
          fc.constantFrom(...TYPES),
          fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, configs),
        )
        .map(([id, type, config]) => add(id, type, { owner, config })),
    },
    {
      weight: 12,
      arbitrary: fc
        .tuple(links, ends, fc.constantFrom(...OUTPUTS), ends, fc.constantFrom(...INPUTS), capacities)
        .map(([id, from, output, to, input, capacityFrames]) =>
          connect(id, `${from}.${output}`, `${to}.${input}`, { owner, capacityFrames }),
        ),
    },
    { weight: 1, arbitrary: ids.map(remove) },
    { weight: 2, arbitrary: links.map(disconnect) },
    {
      weight: 2,
      arbitrary: fc.record(
        {
          kind: fc.constant('update_processor' as const),
          processorId,
          displayName: fc.constantFrom('', 'x'),
          config: configs,
          labels: fc.constantFrom<Labels[]>({}, { k: 'v' }),
        },
        { requiredKeys: ['kind', 'processorId'] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('replace_processor' as const),
        processorId,
        processorType: fc.constantFrom(...TYPES),
        config: fc.constantFrom(undefined, {}),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause_processor' as const), processorId }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume_processor' as const), processorId }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('update_link' as const),
        linkId: links.map((id) => parseLinkId(id)),
        capacityFrames: fc.constantFrom('default' as const, 1, 64, 70_000),
      }),
    },
  );
}

const linkNames = Array.from({ length: 8 }, (_, i) => `l${i}`);

const batchOf = (owner: Owner, edits: fc.Arbitrary<GraphEdit>): fc.Arbitrary<Batch> =>
  fc
    .oneof(
      { weight: 4, arbitrary: fc.array(edits, { minLength: 1, maxLength: 1 }) },
      fc.array(edits, { maxLength: 4 }),
    )
    .map((list) => ({ owner, edits: list }));

const pipeline = parseOwner('pipelines/p');

/** Batches of edits by the user, and now and then by a pipeline. */
export const batches: fc.Arbitrary<Batch[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: batchOf(USER, editsOf(USER, NAMES, linkNames)) },
    {
      weight: 1,
      arbitrary: batchOf(pipeline, editsOf(pipeline, ['p.a', 'p.b', 'p.c'], ['p.l0', 'p.l1', 'p.l2'])),
    },
  ),
  { minLength: 1, maxLength: 80, size: 'max' },
);
