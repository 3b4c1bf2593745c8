import { forecastCommit } from '../commit/commit-forecast.ts';
import type { CommitReport, MeasuredImpact } from '../commit/commit-report.ts';
import { isReadEmptyFirst } from '../commit/link-drain.ts';
import type { LinkRecord } from '../commit/records.ts';
import type { Applied, Graph, TypeCatalog } from '../graph/index.ts';
import type { LinkId } from '../ids.ts';
import type { GraphEditor } from './graph-editor.ts';

/**
 * What the commit of these changes would touch of what runs now: links with what they would lose if it happened at
 * this moment, and no pause, which nobody knows before.
 */
export function expectCommit(
  editor: GraphEditor,
  before: Graph,
  applied: Applied,
  types: TypeCatalog,
): CommitReport {
  const { records } = editor.observed;
  const { restarts, ending, reshaped } = forecastCommit(before, applied.graph, applied.changes, types);
  const impacts = new Map<LinkId, MeasuredImpact>();
  const touch = (linkId: LinkId, framesDropped: number): void => {
    const known = impacts.get(linkId)?.framesDropped ?? 0;
    impacts.set(linkId, { linkId, framesDropped: Math.max(known, framesDropped), pauseUs: 0 });
  };

  const running = restarts.filter(
    ({ processorId }) => records.processors.get(processorId)?.lane !== undefined,
  );
  const lostIn = (link: LinkRecord | undefined): number =>
    link === undefined || isReadEmptyFirst(link, records.processors) ? 0 : waitingIn(link);
  for (const { linkIds, comesApart } of running)
    for (const linkId of linkIds) touch(linkId, comesApart ? lostIn(records.links.get(linkId)) : 0);
  for (const linkId of ending) {
    const link = records.links.get(linkId);
    if (hasEnds(link)) touch(linkId, waitingIn(link));
  }
  for (const linkId of reshaped) if (hasEnds(records.links.get(linkId))) touch(linkId, 0);
  // A processor that waits for its restart is set up by any edit of it, and its links go on where they were held.
  for (const change of applied.changes) {
    if (!('processorId' in change) || records.processors.get(change.processorId)?.lane !== undefined)
      continue;
    for (const link of editor.observed.linksOf(change.processorId))
      if (hasEnds(link)) touch(link.spec.linkId, 0);
  }
  return {
    impacts: [...impacts.values()],
    changes: running.map(({ processorId, reason }) => ({ kind: 'restarted', processorId, reason })),
    tookMs: 0,
  };
}

const hasEnds = (link: LinkRecord | undefined): boolean =>
  link !== undefined && (link.wiring ?? link.suspendedIn) !== undefined;

const waitingIn = (link: LinkRecord | undefined): number =>
  link === undefined ? 0 : link.counters.read(link.wiring?.rings).queued;
