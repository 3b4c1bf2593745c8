import type { CommitPart, CommitReport } from '../commit/commit-report.ts';
import type { AcceptedRevision } from './accepted-revision.ts';
import { type TouchedParts, touchedBy } from './blame.ts';

/** Nothing was done. */
export const EMPTY_REPORT: CommitReport = { impacts: [], changes: [], tookMs: 0 };

/** What several commits did, as one. */
export function joined(reports: readonly CommitReport[]): CommitReport {
  const [only] = reports;
  if (only !== undefined && reports.length === 1) return only;
  const impacts = new Map<string, CommitReport['impacts'][number]>();
  for (const impact of reports.flatMap((report) => report.impacts)) {
    const { framesDropped = 0, pauseUs = 0 } = impacts.get(impact.linkId) ?? {};
    impacts.set(impact.linkId, {
      linkId: impact.linkId,
      framesDropped: framesDropped + impact.framesDropped,
      pauseUs: Math.max(pauseUs, impact.pauseUs),
    });
  }
  return {
    impacts: [...impacts.values()],
    changes: reports.flatMap(({ changes }) => changes),
    tookMs: reports.reduce((sum, { tookMs }) => sum + tookMs, 0),
  };
}

/**
 * Answers what of a commit's report is one revision's: what happened to the parts that it touched, and to those that no
 * revision in the commit touched, which may be anybody's doing.
 */
export function shareOf(
  report: CommitReport,
  committed: readonly AcceptedRevision[],
): (revision: AcceptedRevision) => CommitReport {
  if (committed.length < 2) return () => report;
  let parts: ReturnType<typeof partsOf> | undefined;
  return (revision) => {
    // NB: it costs as many steps as the links of what was touched, and seldom anybody waits.
    parts ??= partsOf(committed);
    const { touched, byAny } = parts;
    const own = touched.get(revision);
    const isOwn = (part: CommitPart) => (own !== undefined && isAmong(own, part)) || !isAmong(byAny, part);
    return { ...report, impacts: report.impacts.filter(isOwn), changes: report.changes.filter(isOwn) };
  };
}

function partsOf(committed: readonly AcceptedRevision[]) {
  const touched = new Map(committed.map((revision) => [revision, touchedBy(revision)]));
  const byAny: TouchedParts = {
    processors: new Set([...touched.values()].flatMap(({ processors }) => [...processors])),
    links: new Set([...touched.values()].flatMap(({ links }) => [...links])),
  };
  return { touched, byAny };
}

const isAmong = ({ processors, links }: TouchedParts, part: CommitPart): boolean =>
  'linkId' in part ? links.has(part.linkId) : processors.has(part.processorId);
