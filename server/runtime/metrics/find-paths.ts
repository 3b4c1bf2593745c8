/** The most paths that are listed at once. */
export const MOST_PATHS = 256;

/** A link as paths go along it. */
export interface PathLink {
  readonly linkId: string;
  readonly fromProcessor: string;
  readonly toProcessor: string;
}

/** One way that frames take from a source to a sink. */
export interface Path {
  /** From the source to the sink, in order; of several ways the shortest. */
  readonly processorIds: readonly string[];
  /** The link on which they come to the sink. */
  readonly lastLinkId: string;
}

/** The paths of a graph. */
export interface Paths {
  readonly paths: readonly Path[];
  /** Links to sinks some or all of whose paths are not among them, because there are more than `MOST_PATHS`. */
  readonly unlistedEnds: number;
}

/** A way back to where it came from. */
interface Step {
  readonly processorId: string;
  readonly next: Step | undefined;
}

/** From each source, which no link leads to, to each link of each sink, which no link leads on from. */
export function findPaths(links: readonly PathLink[]): Paths {
  const into = Map.groupBy(links, ({ toProcessor }) => toProcessor);
  const hasFollowers = new Set(links.map(({ fromProcessor }) => fromProcessor));
  const ends = links.filter(({ toProcessor }) => !hasFollowers.has(toProcessor));
  const paths: Path[] = [];
  for (const [i, end] of ends.entries()) {
    if (!addPathsTo(end, into, paths)) return { paths, unlistedEnds: ends.length - i };
  }
  return { paths, unlistedEnds: 0 };
}

/** Adds those that come on a link; answers whether all of them were. */
function addPathsTo(end: PathLink, into: ReadonlyMap<string, readonly PathLink[]>, paths: Path[]): boolean {
  const sink: Step = { processorId: end.toProcessor, next: undefined };
  const seen = new Set([end.fromProcessor]);
  let steps: Step[] = [{ processorId: end.fromProcessor, next: sink }];
  while (steps.length > 0) {
    const before: Step[] = [];
    for (const step of steps) {
      const incoming = into.get(step.processorId) ?? [];
      if (incoming.length === 0) {
        if (paths.length === MOST_PATHS) return false;
        paths.push({ processorIds: idsOf(step), lastLinkId: end.linkId });
      }
      for (const { fromProcessor } of incoming) {
        if (seen.has(fromProcessor)) continue;
        seen.add(fromProcessor);
        before.push({ processorId: fromProcessor, next: step });
      }
    }
    steps = before;
  }
  return true;
}

function idsOf(first: Step): string[] {
  const ids: string[] = [];
  for (let step: Step | undefined = first; step !== undefined; step = step.next) ids.push(step.processorId);
  return ids;
}
