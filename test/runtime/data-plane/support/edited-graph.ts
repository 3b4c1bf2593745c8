import type { JsonObject } from '../../../../server/runtime/json.ts';
import type { EditableGraph, EditableLink } from '../../../support/random-edits.ts';
import type { SeededRandom } from '../../../support/seeded-random.ts';

const idsOf = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `edited-${kind}-${i}`);

const SOURCES = idsOf('source', 3);
const MIDDLES = idsOf('middle', 5);
const SINKS = idsOf('sink', 3);

/** Every link that leads on: from sources to all others, between middles from lower to higher, and to sinks. */
function links(): EditableLink[] {
  const common = { deliveries: ['latest', 'every', 'lossless'], largestCapacityFrames: 48 } as const;
  const outputs = [
    ...SOURCES.map((id) => [id, 'data'] as const),
    ...MIDDLES.map((id) => [id, 'data_out'] as const),
  ];
  return outputs.flatMap((from): EditableLink[] => {
    const next = MIDDLES.slice(MIDDLES.indexOf(from[0]) + 1);
    const middles = next.map((id) => ({ name: `${from[0]}-to-${id}`, from, to: [id, 'data_in'] as const }));
    const sinks = SINKS.map((id) => ({ name: `${from[0]}-to-${id}`, from, to: [id, 'data'] as const }));
    return [
      ...middles.map((link) => ({ ...link, ...common })),
      ...sinks.map((link) => ({ ...link, ...common, many: true })),
    ];
  });
}

function configOf(type: string, random: SeededRandom): JsonObject | undefined {
  if (type === 'Emit') return { per_call: random.between(1, 6) };
  if (type === 'Forward') return { label: random.pick(['live', 'more', 'restart', 'less']) };
  return undefined;
}

/** A graph of the test processors that is edited in every way. */
export const EDITED: EditableGraph = {
  processors: [
    ...SOURCES.map((processorId) => ({ processorId, types: ['Emit'] as const })),
    ...MIDDLES.map((processorId) => ({ processorId, types: ['Forward', 'Busy'] as const })),
    ...SINKS.map((processorId) => ({ processorId, types: ['Collect'] as const })),
  ],
  links: links(),
  placements: [{ lane: 'one' }, { lane: 'two' }, { lane: 'three' }, { lane: 'auto' }, { lane: 'main' }],
  shares: {
    add: 3,
    remove: 2,
    connect: 5,
    disconnect: 2,
    reshape: 4,
    pause: 1,
    resume: 1,
    configure: 1,
    replace: 1,
    move: 1,
    restart: 1,
  },
  configOf,
};
