import { StreamlibError } from '../errors.ts';
import { type LinkId, mayEdit, type Owner, type ProcessorId } from '../ids.ts';
import type { Graph } from './graph.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';
import type { CatalogType, TypeCatalog } from './type-catalog.ts';

/** Who edits, and what exists. */
export interface ApplyContext {
  /** Whose part of the graph is edited: the parts of others cannot be changed. */
  readonly owner: Owner;
  /** The owner's last revision as the editor knows it. */
  readonly expectedRevision?: number;
  readonly types: TypeCatalog;
  /** What stands before the field in the path of an error in the edit of this index: `commands[3].`. */
  readonly pathPrefix?: (index: number) => string;
}

/** Throws PROCESSOR_NOT_FOUND naming the field and the id. */
export function processorIn(
  graph: Pick<Graph, 'processors'>,
  id: ProcessorId,
  path = 'processor_id',
): ProcessorSpec {
  const spec = graph.processors.get(id);
  if (spec !== undefined) return spec;
  throw new StreamlibError('PROCESSOR_NOT_FOUND', `${path} names no processor, was "${id}"`, {
    path,
    details: { processor_id: id },
  });
}

/** Throws LINK_NOT_FOUND naming the id. */
export function linkIn(graph: Pick<Graph, 'links'>, id: LinkId): LinkSpec {
  const spec = graph.links.get(id);
  if (spec !== undefined) return spec;
  const details = { link_id: id };
  throw new StreamlibError('LINK_NOT_FOUND', `link_id names no link, was "${id}"`, {
    path: 'link_id',
    details,
  });
}

/** Throws OWNED unless the part belongs to whoever edits. */
export function assertOwned(part: ProcessorSpec | LinkSpec, { owner }: ApplyContext): void {
  if (mayEdit(owner, part.owner)) return;
  const [path, id] = 'linkId' in part ? ['link_id', part.linkId] : ['processor_id', part.processorId];
  const message = `${path} "${id}" belongs to ${describeOwner(part.owner)} and cannot be edited by ${describeOwner(owner)}`;
  throw new StreamlibError('OWNED', message, { path, details: { owner: part.owner } });
}

/** Throws PROCESSOR_TYPE_UNKNOWN naming the field, the name and the nearest names that exist. */
export function typeIn(
  { types }: Pick<ApplyContext, 'types'>,
  typeName: string,
  path = 'processor_type',
): CatalogType {
  const type = types.get(typeName);
  if (type !== undefined) return type;
  const nearest = types.nearest(typeName);
  const hint =
    nearest.length === 0 ? '' : `; did you mean ${nearest.map((name) => `"${name}"`).join(' or ')}?`;
  throw new StreamlibError(
    'PROCESSOR_TYPE_UNKNOWN',
    `${path} must be a known type, was "${typeName}"${hint}`,
    {
      path,
      details: { processor_type: typeName, nearest: nearest.join(',') },
    },
  );
}

/** Whose part it is, in words. */
export const describeOwner = (owner: Owner): string => (owner === '' ? 'the user' : owner);
