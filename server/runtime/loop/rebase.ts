import { StreamlibError } from '../errors.ts';
import { apply, type Graph, type TypeCatalog } from '../graph/index.ts';
import type { AcceptedRevision } from './accepted-revision.ts';

/** What a graph is without some of the revisions that it had accepted. */
export interface Rebased {
  readonly graph: Graph;
  /** Revisions that cannot be without those, and why. */
  readonly dependents: ReadonlyMap<AcceptedRevision, StreamlibError>;
}

/** Accepts revisions again, in order, on top of a graph that lacks some that went before them. */
export function rebase(base: Graph, revisions: Iterable<AcceptedRevision>, types: TypeCatalog): Rebased {
  const dependents = new Map<AcceptedRevision, StreamlibError>();
  let graph = base;
  for (const revision of revisions) {
    try {
      ({ graph } = apply(graph, revision.edits, { owner: revision.owner, types }));
    } catch (error) {
      dependents.set(revision, StreamlibError.from(error));
    }
  }
  return { graph, dependents };
}
