import {
  type Change,
  type Graph,
  getProcessor,
  linkIdsOf,
  type ProcessorSpec,
  type TypeCatalog,
} from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { moveReason } from './move-reason.ts';
import { staysInLane } from './stays-in-lane.ts';

/** A processor that begins anew, if it runs, and its links with it. */
export interface ForecastRestart {
  readonly processorId: ProcessorId;
  /** `type`, `placement`, or `config, unless taken live`: whether it takes its new config only its code can tell. */
  readonly reason: string;
  readonly linkIds: readonly LinkId[];
  /** Whether the links come apart, and may lose what waits in them; else they hold it meanwhile. */
  readonly comesApart: boolean;
}

/** What a commit does to what runs, beside the changes themselves. */
export interface CommitForecast {
  readonly restarts: readonly ForecastRestart[];
  /** Links that end. What waits in them is lost. */
  readonly ending: readonly LinkId[];
  /** Links that get another delivery or capacity while frames flow. */
  readonly reshaped: readonly LinkId[];
}

/**
 * What the commit of these changes does to what ran before, by the rules that the committer follows: every processor
 * that it restarts and every link that it holds up, and some that it may. What nobody can foresee is a lane that does
 * not come back when it is told to let a processor go, which takes its lane-mates along.
 */
export function forecastCommit(
  before: Graph,
  after: Graph,
  changes: readonly Change[],
  types: TypeCatalog,
): CommitForecast {
  const restarts: ForecastRestart[] = [];
  const ending: LinkId[] = [];
  const reshaped: LinkId[] = [];
  for (const change of changes) {
    if ('processorId' in change) {
      const { processorId } = change;
      const [old, wanted] = [getProcessor(before, processorId), getProcessor(after, processorId)];
      if (old === undefined || wanted === undefined) continue;
      const reason = restartReason(old, wanted);
      if (reason === undefined) continue;
      const linkIds = [...linkIdsOf(after, processorId)];
      const comesApart = reason !== MAYBE_LIVE && !staysInLane(old, wanted, types);
      restarts.push({ processorId, reason, linkIds, comesApart });
    } else if (change.kind === 'deleted' || change.kind === 'replaced') ending.push(change.linkId);
    else if (change.fields?.some((field) => SHAPE.has(field))) reshaped.push(change.linkId);
  }
  return { restarts, ending, reshaped };
}

const MAYBE_LIVE = 'config, unless taken live';
/** What of a link its ends have to know. */
const SHAPE: ReadonlySet<string> = new Set(['delivery', 'capacity_frames']);

function restartReason(old: ProcessorSpec, wanted: ProcessorSpec): string | undefined {
  return moveReason(old, wanted) ?? (old.config === wanted.config ? undefined : MAYBE_LIVE);
}
