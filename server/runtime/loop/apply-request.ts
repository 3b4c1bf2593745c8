import type { ApplyGraph } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { GraphEdit as GraphEditMessage } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import type { GraphTarget as GraphTargetMessage } from '../../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StreamlibError } from '../errors.ts';
import {
  editsToTarget,
  type Graph,
  type GraphEdit,
  type GraphTarget,
  partOf,
  prefixing,
  type TypeCatalog,
} from '../graph/index.ts';
import { type LinkId, makeLinkId, type Owner, type ProcessorId, parseOwner } from '../ids.ts';
import { editFromCommand, linkSpec, processorSpec } from './edit-from-command.ts';

/** The edits that an ApplyGraph stands for. */
export interface ApplyEdits {
  readonly owner: Owner;
  readonly edits: readonly GraphEdit[];
  /** `commands[3].` or `target.processors[2].`: where the edit of this index comes from. */
  readonly pathPrefix: (index: number) => string;
  /** The parts that it names. */
  readonly processorIds: readonly ProcessorId[];
  readonly linkIds: readonly LinkId[];
}

/**
 * Works an ApplyGraph out: ids parsed, missing ones drawn, a target turned into the edits that lead to it. Throws what
 * is wrong with it, with the place in front: `commands[3].from_port`.
 */
export function editsOfApply(
  { edits, target }: ApplyGraph,
  graph: Graph,
  { owner, types }: { readonly owner: Owner; readonly types: TypeCatalog },
): ApplyEdits {
  if (edits.length > 0 && target !== undefined) throw invalid('must not both be given', 'were');
  if (target !== undefined) return editsOfTarget(target, graph, { owner, types });
  if (edits.length === 0) throw invalid('must be given, one of them', 'were both absent');
  const parsed = edits.map(({ edit }, i) => editOf(edit, i, owner));
  const parts = parsed.map(partOf);
  return {
    owner,
    edits: parsed,
    pathPrefix: commandPrefix,
    processorIds: parts.flatMap(({ processorId }) => processorId ?? []),
    linkIds: parts.flatMap(({ linkId }) => linkId ?? []),
  };
}

const commandPrefix = (index: number): string => `commands[${index}].`;

function editOf(edit: GraphEditMessage['edit'], index: number, owner: Owner): GraphEdit {
  if (edit.case !== undefined) return prefixing(commandPrefix(index), () => editFromCommand(edit, owner));
  const path = `commands[${index}]`;
  throw new StreamlibError('FIELD_INVALID', `${path} must be an edit, was empty`, { path });
}

function editsOfTarget(
  message: GraphTargetMessage,
  graph: Graph,
  context: { readonly owner: Owner; readonly types: TypeCatalog },
): ApplyEdits {
  const owner = message.owner === '' ? context.owner : parseOwner(message.owner, 'target.owner');
  const target = targetOf(message, owner);
  return { owner, ...editsToTarget(graph, target, { ...context, owner, drawLinkId: makeLinkId }) };
}

function targetOf({ graph, keepOthers }: GraphTargetMessage, owner: Owner): GraphTarget {
  // NB: an empty graph takes everything away, so that one which was forgotten must not stand for it.
  if (graph === undefined) {
    throw new StreamlibError('FIELD_INVALID', 'target.graph is required, was absent', {
      path: 'target.graph',
    });
  }
  const { processors, links } = graph;
  return {
    keepsOthers: keepOthers,
    processors: processors.map((message, i) =>
      prefixing(`target.processors[${i}].`, () => {
        // An id that is made would be another one the next time, and the same target no no-op.
        if (message.processorId === '') throw required('processor_id');
        return processorSpec(message, ownerOf(message, owner));
      }),
    ),
    links: links.map((message, i) =>
      prefixing(`target.links[${i}].`, () => {
        const { linkId, ...link } = linkSpec(message, ownerOf(message, owner));
        return message.linkId === '' ? link : { linkId, ...link };
      }),
    ),
  };
}

/** Parts need not say whose they are. */
const ownerOf = (message: { readonly owner: string }, owner: Owner): Owner =>
  message.owner === '' ? owner : parseOwner(message.owner);

const required = (path: string): StreamlibError =>
  new StreamlibError('FIELD_INVALID', `${path} is required in a target, was ""`, { path });

const invalid = (rule: string, was: string): StreamlibError =>
  new StreamlibError('FIELD_INVALID', `commands and target ${rule}, ${was}`, { path: 'commands' });
