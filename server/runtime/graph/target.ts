import { StreamlibError } from '../errors.ts';
import type { LinkId, Owner, ProcessorId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { type ApplyContext, describeOwner, processorIn } from './apply-context.ts';
import { currentConfig } from './configure-processor.ts';
import { diff } from './diff.ts';
import { cycleError } from './edit-links.ts';
import { type Graph, outgoingEnds } from './graph.ts';
import { GraphDraft } from './graph-draft.ts';
import type { GraphEdit } from './graph-edit.ts';
import { sameJson, withoutNulls } from './json-values.ts';
import { prefixing } from './path-prefix.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';

/** A link of a target. Without an id it is the link between its ports that is there, or a new one. */
export type TargetLink = Omit<LinkSpec, 'linkId'> & { readonly linkId?: LinkId };

/** One owner's part of the graph as it shall be. */
export interface GraphTarget {
  readonly processors: readonly ProcessorSpec[];
  readonly links: readonly TargetLink[];
  /** What the target does not name stays, instead of going. */
  readonly keepsOthers: boolean;
}

/** How a target is worked out. */
export interface TargetContext extends Pick<ApplyContext, 'owner' | 'types'> {
  drawLinkId(): LinkId;
}

/** What leads to a target. */
export interface TargetEdits {
  readonly edits: readonly GraphEdit[];
  /** `target.processors[2].`: where in the target the edit of this index comes from; empty for what goes. */
  readonly pathPrefix: (index: number) => string;
  /** The parts that the target names. */
  readonly processorIds: readonly ProcessorId[];
  readonly linkIds: readonly LinkId[];
}

/**
 * The edits that make one owner's part of the graph what the target says, for `apply`, which checks types, configs and
 * ports. Throws what makes the target none: ids that stand in it twice, links without their ends, CYCLE, and secrets
 * that are masked and not known. It costs what the owner has and the target names.
 */
export function editsToTarget(graph: Graph, target: GraphTarget, context: TargetContext): TargetEdits {
  const places = new Places();
  const processors = target.processors.map((spec, i) =>
    prefixing(`target.processors[${i}].`, () => {
      places.add('processor_id', spec.processorId, i);
      return wantedProcessor(graph, spec, context);
    }),
  );
  const links = withIds(graph, target.links, context);
  for (const [i, { linkId }] of links.entries())
    prefixing(`target.links[${i}].`, () => places.add('link_id', linkId, i));

  const edits = diff(
    graph,
    draftTarget(graph, processors, links, target.keepsOthers, context),
    context.owner,
  );
  return {
    edits,
    pathPrefix: (index) => places.prefixOf(edits[index]),
    processorIds: processors.map(({ processorId }) => processorId),
    linkIds: links.map(({ linkId }) => linkId),
  };
}

/** Where in the target its parts stand. */
class Places {
  readonly #processors = new Map<string, number>();
  readonly #links = new Map<string, number>();

  /** Throws ID_TAKEN for a part that the target has twice. */
  add(field: 'processor_id' | 'link_id', id: string, index: number): void {
    const places = field === 'link_id' ? this.#links : this.#processors;
    if (places.has(id)) {
      const message = `${field} must stand in the target once, was "${id}" again`;
      throw new StreamlibError('ID_TAKEN', message, { path: field, details: { [field]: id } });
    }
    places.set(id, index);
  }

  prefixOf(edit: GraphEdit | undefined): string {
    if (edit === undefined) return '';
    const { processorId, linkId } = partOf(edit);
    const [name, index] =
      processorId === undefined
        ? ['links', this.#links.get(linkId)]
        : ['processors', this.#processors.get(processorId)];
    return index === undefined ? '' : `target.${name}[${index}].`;
  }
}

/** Which part of the graph an edit is about. */
export function partOf(
  edit: GraphEdit,
): { processorId: ProcessorId; linkId?: never } | { linkId: LinkId; processorId?: never } {
  if (edit.kind === 'add_processor') return { processorId: edit.processor.processorId };
  if (edit.kind === 'connect') return { linkId: edit.link.linkId };
  return 'linkId' in edit ? { linkId: edit.linkId } : { processorId: edit.processorId };
}

function wantedProcessor(graph: Graph, spec: ProcessorSpec, { owner, types }: TargetContext): ProcessorSpec {
  assertOwner(spec.owner, owner);
  const old = graph.processors.get(spec.processorId);
  const type = types.get(spec.processorType);
  const known = old?.processorType === spec.processorType && old.owner === owner ? old : undefined;
  const isUnknownType = type === undefined && Object.keys(spec.config).length === 0;
  // The configs of types that this server does not know are not shown to anybody.
  if (isUnknownType && known !== undefined)
    return { ...spec, config: known.config, typeVersion: known.typeVersion };
  const config = restoreSecrets(spec.config, known?.config, type);
  if (known !== undefined && known.typeVersion === spec.typeVersion && sameJson(config, known.config))
    return { ...spec, config: known.config };
  if (type === undefined) return spec;
  const current = currentConfig(type, withoutNulls(config), spec.typeVersion);
  return { ...spec, config: current, typeVersion: type.version };
}

function restoreSecrets(
  shown: JsonObject,
  kept: JsonObject | undefined,
  type: ReturnType<TargetContext['types']['get']>,
): JsonObject {
  const { config, missing } = type?.restoreSecrets?.(shown, kept) ?? { config: shown, missing: [] };
  const [path] = missing;
  if (path === undefined) return config;
  const message = `${path} must be given, was "***", which stands for a secret that this processor does not have`;
  throw new StreamlibError('CONFIG_INVALID', message, { path });
}

function assertOwner(owner: Owner, wanted: Owner): void {
  if (owner === wanted) return;
  const message = `owner must be that of the target, ${describeOwner(wanted)}, was ${describeOwner(owner)}`;
  throw new StreamlibError('OWNED', message, { path: 'owner', details: { owner } });
}

/** Gives links without ids those of links between the same ports, lowest first, or new ones. */
function withIds(
  graph: Graph,
  links: readonly TargetLink[],
  { owner, drawLinkId }: TargetContext,
): LinkSpec[] {
  const named = new Set(links.map(({ linkId }) => linkId));
  const findId = ({ from, to }: TargetLink): LinkId | undefined => {
    for (const { linkId } of outgoingEnds(graph, from.processorId, from.port)) {
      const link = graph.links.get(linkId);
      const isBetween = link?.to.processorId === to.processorId && link.to.port === to.port;
      if (isBetween && link.owner === owner && !named.has(linkId)) return linkId;
    }
    return undefined;
  };
  return links.map((link, i) => {
    prefixing(`target.links[${i}].`, () => assertOwner(link.owner, owner));
    const linkId = link.linkId ?? findId(link) ?? drawLinkId();
    named.add(linkId);
    return { ...link, linkId };
  });
}

function draftTarget(
  graph: Graph,
  processors: readonly ProcessorSpec[],
  links: readonly LinkSpec[],
  keepsOthers: boolean,
  { owner }: TargetContext,
): Graph {
  const draft = new GraphDraft(graph);
  const wanted = new Map(links.map((link) => [link.linkId, link]));
  // What goes, goes first, so that what comes closes no cycle with it.
  if (!keepsOthers) {
    const named = new Set(processors.map(({ processorId }) => processorId));
    for (const link of graph.links.values())
      if (link.owner === owner && !wanted.has(link.linkId)) draft.removeLink(link.linkId);
    for (const processor of graph.processors.values())
      if (processor.owner === owner && !named.has(processor.processorId))
        draft.removeProcessor(processor.processorId);
  }
  for (const link of links) {
    const old = draft.links.get(link.linkId);
    if (old !== undefined && !hasSameEnds(old, link)) draft.removeLink(link.linkId);
  }
  for (const processor of processors) draft.putProcessor(processor);
  for (const [i, link] of links.entries())
    prefixing(`target.links[${i}].`, () => {
      processorIn(draft, link.from.processorId, 'from_processor');
      processorIn(draft, link.to.processorId, 'to_processor');
      if (draft.links.has(link.linkId)) draft.updateLink(link);
      else {
        const cycle = draft.addLink(link);
        if (cycle !== undefined) throw cycleError(cycle);
      }
    });
  return draft.finish().graph;
}

const hasSameEnds = (a: LinkSpec, b: LinkSpec): boolean =>
  a.from.processorId === b.from.processorId &&
  a.from.port === b.from.port &&
  a.to.processorId === b.to.processorId &&
  a.to.port === b.to.port;
