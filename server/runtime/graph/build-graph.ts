import type { Owner } from '../ids.ts';
import { processorIn } from './apply-context.ts';
import { cycleError } from './edit-links.ts';
import { emptyGraph, type Graph } from './graph.ts';
import { GraphDraft } from './graph-draft.ts';
import { createSortedMap } from './sorted-map.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';

/** What a graph is stored as. */
export interface GraphContent {
  readonly revision: number;
  readonly ownerRevisions: Iterable<readonly [Owner, number]>;
  readonly processors: Iterable<ProcessorSpec>;
  readonly links: Iterable<LinkSpec>;
}

/**
 * The graph with exactly this content. Types, configs and ports are taken as they are, since a server may know fewer
 * types than the one that wrote them; `validate` finds what is wrong. Throws PROCESSOR_NOT_FOUND for a link without
 * its ends and CYCLE.
 */
export function buildGraph({ revision, ownerRevisions, processors, links }: GraphContent): Graph {
  const draft = new GraphDraft(emptyGraph());
  for (const spec of processors) draft.putProcessor(spec);
  for (const spec of links) {
    processorIn(draft, spec.from.processorId, 'from_processor');
    processorIn(draft, spec.to.processorId, 'to_processor');
    const cycle = draft.addLink(spec);
    if (cycle !== undefined) throw cycleError(cycle);
  }
  const revisions = createSortedMap<Owner, number>();
  for (const [owner, last] of ownerRevisions) revisions.set(owner, last);
  return { ...draft.finish().graph, revision, ownerRevisions: revisions };
}
