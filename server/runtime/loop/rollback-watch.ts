import { wallClockMs } from '../clock.ts';
import type { CommitWatch } from '../commit/commit-watch.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import type { AcceptedRevision } from './accepted-revision.ts';
import { blame, setUpBy } from './blame.ts';

/** What a commit of these revisions has to look out for. */
export function watchFor(revisions: readonly AcceptedRevision[]): CommitWatch {
  const deadlines = new Map<ProcessorId, number>();
  for (const revision of revisions) {
    if (revision.onFailure !== 'rollback') continue;
    const { deadlineMs = Number.POSITIVE_INFINITY } = revision;
    for (const id of setUpBy(revision))
      deadlines.set(id, Math.min(deadlineMs, deadlines.get(id) ?? Number.POSITIVE_INFINITY));
  }
  return {
    setupLimitMs(id) {
      const deadlineMs = deadlines.get(id);
      return deadlineMs === undefined ? undefined : Math.max(0, deadlineMs - wallClockMs());
    },
    doomed(failures) {
      const changes = [...blame(failures, revisions).keys()].flatMap((revision) => revision.changes);
      const processors = new Set<ProcessorId>();
      const links = new Set<LinkId>();
      for (const change of changes)
        if ('linkId' in change) links.add(change.linkId);
        else processors.add(change.processorId);
      return { processors, links };
    },
  };
}
