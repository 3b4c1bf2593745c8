import type { CommitFailure } from '../commit/commit-report.ts';
import { linkIdsOf } from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import type { AcceptedRevision } from './accepted-revision.ts';

/** The parts of the graph that a revision touched. */
export interface TouchedParts {
  /** Those that it changed, and those at the ends of links that it changed. */
  readonly processors: ReadonlySet<ProcessorId>;
  /** Those that it changed, and those of processors that it changed. */
  readonly links: ReadonlySet<LinkId>;
}

const FIELDS_THAT_SET_UP = ['config', 'placement'];

/** The processors that a revision may cause to be set up. */
export function setUpBy({ changes }: AcceptedRevision): ProcessorId[] {
  return changes.flatMap((change) => {
    if ('linkId' in change) return [];
    const { kind, fields = [], processorId } = change;
    const isSetUp =
      kind === 'created' || kind === 'replaced' || FIELDS_THAT_SET_UP.some((field) => fields.includes(field));
    return isSetUp ? [processorId] : [];
  });
}

/** Everything that a revision touched, be it there before or after it. */
export function touchedBy({ changes, before, after }: AcceptedRevision): TouchedParts {
  const processors = new Set<ProcessorId>();
  const links = new Set<LinkId>();
  for (const change of changes) {
    for (const graph of [before, after]) {
      if ('processorId' in change) {
        processors.add(change.processorId);
        for (const linkId of linkIdsOf(graph, change.processorId)) links.add(linkId);
      } else {
        links.add(change.linkId);
        const spec = graph.links.get(change.linkId);
        for (const end of spec === undefined ? [] : [spec.from, spec.to]) processors.add(end.processorId);
      }
    }
  }
  return { processors, links };
}

/**
 * The revisions that a commit failed for and that want to be rolled back then, each with the first failure that it is
 * blamed for. A failure is put down to the revisions
 * that set the processor up or changed the link; where there are none, to those that touched it at all; and where
 * nobody did, to all of them.
 */
export function blame(
  failures: readonly CommitFailure[],
  revisions: readonly AcceptedRevision[],
): Map<AcceptedRevision, CommitFailure> {
  const blamed = new Map<AcceptedRevision, CommitFailure>();
  for (const failure of failures) {
    const { part } = failure;
    const causing = revisions.filter((revision) => causes(revision, part));
    const touching = causing.length > 0 ? causing : revisions.filter((revision) => touches(revision, part));
    for (const revision of touching.length > 0 ? touching : revisions)
      if (revision.onFailure === 'rollback' && !blamed.has(revision)) blamed.set(revision, failure);
  }
  return blamed;
}

function causes(revision: AcceptedRevision, part: CommitFailure['part']): boolean {
  if ('processorId' in part) return setUpBy(revision).includes(part.processorId);
  return revision.changes.some((change) => 'linkId' in change && change.linkId === part.linkId);
}

function touches(revision: AcceptedRevision, part: CommitFailure['part']): boolean {
  const { processors, links } = touchedBy(revision);
  return 'processorId' in part ? processors.has(part.processorId) : links.has(part.linkId);
}
