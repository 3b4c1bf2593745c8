import type { LinkChange, ProcessorChange } from './graph-edit.ts';
import { sameJson } from './json-values.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';

const PROCESSOR_FIELDS = {
  processorType: 'processor_type',
  typeVersion: 'type_version',
  displayName: 'display_name',
  config: 'config',
  placement: 'placement',
  supervision: 'supervision',
  paused: 'paused',
  owner: 'owner',
  labels: 'labels',
} as const satisfies Record<Exclude<keyof ProcessorSpec, 'processorId'>, string>;

const LINK_FIELDS = {
  from: 'from',
  to: 'to',
  delivery: 'delivery',
  capacityFrames: 'capacity_frames',
  owner: 'owner',
  labels: 'labels',
} as const satisfies Record<Exclude<keyof LinkSpec, 'linkId'>, string>;

function fieldsThatDiffer<Spec extends object>(
  before: Spec,
  after: Spec,
  names: { readonly [Field in keyof Spec]?: string },
): string[] {
  if (before === after) return [];
  const fields = Object.keys(names) as (keyof Spec)[];
  return fields
    .filter((field) => !sameJson(before[field], after[field]))
    .map((field) => names[field] as string);
}

/** What became of a processor, undefined standing for its absence; undefined if both are equal. */
export function processorDifference(
  before: ProcessorSpec | undefined,
  after: ProcessorSpec | undefined,
): ProcessorChange | undefined {
  if (before === undefined) return after && { kind: 'created', processorId: after.processorId };
  const { processorId } = before;
  if (after === undefined) return { kind: 'deleted', processorId };
  const fields = fieldsThatDiffer(before, after, PROCESSOR_FIELDS);
  if (fields.length === 0) return undefined;
  if (fields.includes('processor_type') || fields.includes('type_version') || fields.includes('owner')) {
    return { kind: 'replaced', processorId, fields };
  }
  if (fields.length === 1 && fields[0] === 'paused') {
    return { kind: after.paused ? 'paused' : 'resumed', processorId, fields };
  }
  return { kind: 'updated', processorId, fields };
}

/** What became of a link, undefined standing for its absence; undefined if both are equal. */
export function linkDifference(
  before: LinkSpec | undefined,
  after: LinkSpec | undefined,
): LinkChange | undefined {
  if (before === undefined) return after && { kind: 'created', linkId: after.linkId };
  const { linkId } = before;
  if (after === undefined) return { kind: 'deleted', linkId };
  const fields = fieldsThatDiffer(before, after, LINK_FIELDS);
  if (fields.length === 0) return undefined;
  const isAnother = fields.includes('from') || fields.includes('to') || fields.includes('owner');
  return { kind: isAnother ? 'replaced' : 'updated', linkId, fields };
}
