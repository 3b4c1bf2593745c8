import type { LinkId, Owner, ProcessorId } from '../ids.ts';
import { USER } from '../ids.ts';
import { type Graph, inLinkOrder, linkIdsOf } from './graph.ts';
import type { Change, GraphEdit } from './graph-edit.ts';
import { sameJson } from './json-values.ts';
import { forEachDifference } from './sorted-map.ts';
import { linkDifference, processorDifference } from './spec-differences.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';

/**
 * The edits that make one owner's part of `from` what it is in `to`, in an order that `apply` accepts: what goes
 * before what comes, processors before their links. Links of other owners go with the processors that they need.
 */
export function diff(from: Graph, to: Graph, owner: Owner = USER): GraphEdit[] {
  const goes: GraphEdit[] = [];
  const becomes: GraphEdit[] = [];
  const comes: ProcessorSpec[] = [];
  const replaced = new Set<ProcessorId>();
  forEachDifference(from.processors, to.processors, (before, after) => {
    const [old, wanted] = [ofOwner(before, owner), ofOwner(after, owner)];
    if (old === undefined && wanted !== undefined) comes.push(wanted);
    if (old !== undefined && wanted === undefined)
      goes.push({ kind: 'remove_processor', processorId: old.processorId });
    if (old === undefined || wanted === undefined) return;
    const change = processorDifference(old, wanted);
    if (change?.kind === 'replaced') replaced.add(old.processorId);
    becomes.push(...processorEdits(old, wanted));
  });

  const cut = new Map<LinkId, LinkSpec>();
  const joined = new Map<LinkId, LinkSpec>();
  const changed: GraphEdit[] = [];
  forEachDifference(from.links, to.links, (before, after) => {
    const [old, wanted] = [ofOwner(before, owner), ofOwner(after, owner)];
    const kind = linkDifference(old, wanted)?.kind;
    if (old !== undefined && (kind === 'deleted' || kind === 'replaced')) cut.set(old.linkId, old);
    if (wanted !== undefined && (kind === 'created' || kind === 'replaced'))
      joined.set(wanted.linkId, wanted);
    if (wanted !== undefined && kind === 'updated') changed.push(linkUpdate(wanted));
  });
  // Both ends of a link may change their types: in between it fits neither, so it is taken off and put back.
  for (const processorId of replaced) {
    for (const linkId of linkIdsOf(from, processorId)) {
      const old = ofOwner(from.links.get(linkId), owner);
      const wanted = ofOwner(to.links.get(linkId), owner);
      if (old !== undefined) cut.set(linkId, old);
      if (wanted !== undefined) joined.set(linkId, wanted);
    }
  }
  const order = new Map(
    inLinkOrder(
      to,
      comes.map((spec) => spec.processorId),
    ).map((id, i) => [id, i]),
  );
  comes.sort((a, b) => (order.get(a.processorId) ?? 0) - (order.get(b.processorId) ?? 0));

  return [
    ...[...cut.keys()].map((linkId): GraphEdit => ({ kind: 'disconnect', linkId })),
    ...goes,
    ...becomes,
    ...comes.map((processor): GraphEdit => ({ kind: 'add_processor', processor })),
    ...[...joined.values()].map((link): GraphEdit => ({ kind: 'connect', link })),
    ...changed.filter((edit) => edit.kind !== 'update_link' || !joined.has(edit.linkId)),
  ];
}

/** What became of the parts of one owner between two graphs, in the order of their ids. */
export function changesBetween(from: Graph, to: Graph, owner: Owner = USER): Change[] {
  const changes: (Change | undefined)[] = [];
  forEachDifference(from.processors, to.processors, (before, after) =>
    changes.push(processorDifference(ofOwner(before, owner), ofOwner(after, owner))),
  );
  forEachDifference(from.links, to.links, (before, after) =>
    changes.push(linkDifference(ofOwner(before, owner), ofOwner(after, owner))),
  );
  return changes.filter((change) => change !== undefined);
}

function ofOwner<Spec extends { readonly owner: Owner }>(
  spec: Spec | undefined,
  owner: Owner,
): Spec | undefined {
  return spec?.owner === owner ? spec : undefined;
}

function processorEdits(old: ProcessorSpec, wanted: ProcessorSpec): GraphEdit[] {
  const edits: GraphEdit[] = [];
  const { processorId, processorType, typeVersion, config, displayName, placement, supervision, labels } =
    wanted;
  const isReplaced = old.processorType !== processorType || old.typeVersion !== typeVersion;
  if (isReplaced) edits.push({ kind: 'replace_processor', processorId, processorType, typeVersion, config });
  const update = {
    ...(sameJson(old.displayName, displayName) ? {} : { displayName }),
    ...(sameJson(old.placement, placement) ? {} : { placement }),
    ...(sameJson(old.supervision, supervision) ? {} : { supervision }),
    ...(sameJson(old.labels, labels) ? {} : { labels }),
    ...(isReplaced || sameJson(old.config, config) ? {} : { config, replaceConfig: true }),
  };
  if (Object.keys(update).length > 0) edits.push({ kind: 'update_processor', processorId, ...update });
  if (old.paused !== wanted.paused) {
    edits.push({ kind: wanted.paused ? 'pause_processor' : 'resume_processor', processorId });
  }
  return edits;
}

const linkUpdate = ({ linkId, delivery, capacityFrames, labels }: LinkSpec): GraphEdit => ({
  kind: 'update_link',
  linkId,
  delivery: delivery ?? 'default',
  capacityFrames: capacityFrames ?? 'default',
  labels,
});
