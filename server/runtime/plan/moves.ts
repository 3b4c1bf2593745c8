import type { LaneId, ProcessorId } from '../ids.ts';
import type { LanePlan, PlannedLane } from './plan.ts';

/** A processor that another plan has in another lane. */
export interface PlannedMove {
  readonly processorId: ProcessorId;
  readonly from: LaneId;
  readonly to: LaneId;
  readonly reason: string;
}

/** A shared lane that the plan named itself. Other names mean something, these only tell lanes apart. */
const NUMBERED = /^(?<kind>(lane|async)(-high|-realtime)?)-\d+$/;

/**
 * The moves that lead from one plan to another, as few as its lanes allow: two numbered lanes are taken for the same
 * if they share the most processors, whatever their numbers. Processors without a lane in `plan` move nowhere.
 */
export function movesTo(plan: LanePlan, other: LanePlan): PlannedMove[] {
  const nameOf = matchLanes(plan, other);
  return [...other.lanes()].flatMap((lane) => {
    const to = nameOf.get(lane) ?? lane.laneId;
    return [...lane.processorIds].flatMap((processorId) => {
      const from = plan.laneOf(processorId)?.laneId;
      return from === undefined || from === to ? [] : [{ processorId, from, to, reason: lane.reason }];
    });
  });
}

/** What the numbered lanes of `other` are called in `plan`; those that match none get numbers that are free. */
function matchLanes(plan: LanePlan, other: LanePlan): Map<PlannedLane, LaneId> {
  const overlaps = [...other.lanes()].flatMap((lane) => overlapsOf(lane, plan));
  overlaps.sort((a, b) => b.shared - a.shared || (a.existing.laneId < b.existing.laneId ? -1 : 1));
  const names = new Map<PlannedLane, LaneId>();
  const taken = new Set<LaneId>();
  for (const { lane, existing } of overlaps) {
    if (names.has(lane) || taken.has(existing.laneId)) continue;
    names.set(lane, existing.laneId);
    taken.add(existing.laneId);
  }
  for (const lane of other.lanes()) {
    const kind = kindOf(lane);
    if (kind === undefined || names.has(lane)) continue;
    const name = freeName(kind, (laneId) => taken.has(laneId) || plan.hasLane(laneId));
    names.set(lane, name);
    taken.add(name);
  }
  return names;
}

interface Overlap {
  readonly lane: PlannedLane;
  readonly existing: PlannedLane;
  readonly shared: number;
}

function overlapsOf(lane: PlannedLane, plan: LanePlan): Overlap[] {
  const shared = new Map<PlannedLane, number>();
  const kind = kindOf(lane);
  if (kind === undefined) return [];
  for (const id of lane.processorIds) {
    const existing = plan.laneOf(id);
    if (existing !== undefined && kindOf(existing) === kind)
      shared.set(existing, (shared.get(existing) ?? 0) + 1);
  }
  return [...shared].map(([existing, count]) => ({ lane, existing, shared: count }));
}

const kindOf = ({ laneId }: PlannedLane): string | undefined => NUMBERED.exec(laneId)?.groups?.kind;

function freeName(kind: string, isTaken: (laneId: LaneId) => boolean): LaneId {
  for (let number = 1; ; number++) {
    const laneId = `${kind}-${number}` as LaneId;
    if (!isTaken(laneId)) return laneId;
  }
}
