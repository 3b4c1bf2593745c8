import type { LaneId, ProcessorId } from '../ids.ts';
import { tooFullBeside } from './explain.ts';
import { isWithinBound } from './lane-load.ts';

/** Where every lane is too full, a neighbour's may be this much busier than the average. */
const CROWDED_ABOVE_AVERAGE = 1.25;

/** A shared lane, as a processor that looks for a place sees it. */
export interface LaneCandidate {
  readonly laneId: LaneId;
  readonly busyShare: number;
  readonly processors: number;
  /** The neighbour there with which the processor shares the most frames, if there is one. */
  readonly neighbour: ProcessorId | undefined;
  /** Frames per second over the links to that lane. */
  readonly framesPerSecond: number;
}

/** A lane and why; without a lane, a new one is to be opened. */
export interface LaneChoice {
  readonly laneId: LaneId | undefined;
  readonly reason: string;
}

/**
 * The shared lane for a processor of the given cost: beside the neighbour with the busiest links as long as that lane
 * stays within the bound, else a new lane if one may be opened, else the emptiest. Where no lane has room, a
 * neighbour's is still better than a ring as long as it is not much busier than the others.
 */
export function chooseLane(
  share: number,
  lanes: readonly LaneCandidate[],
  { mayOpen, cost }: { readonly mayOpen: boolean; readonly cost: string },
): LaneChoice {
  const near = lanes.filter(isNear).sort((a, b) => b.framesPerSecond - a.framesPerSecond);
  const roomy = near.find((lane) => isWithinBound(lane.busyShare + share));
  if (roomy !== undefined) return { laneId: roomy.laneId, reason: `beside ${roomy.neighbour}: ${cost}` };

  const [nearest] = near;
  const why =
    nearest === undefined
      ? 'no neighbour in a shared lane'
      : tooFullBeside(nearest.neighbour, nearest.laneId, nearest.busyShare + share);
  const emptiest = emptiestOf(lanes);
  if (mayOpen || emptiest === undefined)
    return { laneId: undefined, reason: `a lane of its own so far: ${why}` };
  if (nearest !== undefined && !isWithinBound(emptiest.busyShare + share)) {
    const average = (lanes.reduce((sum, lane) => sum + lane.busyShare, 0) + share) / lanes.length;
    if (nearest.busyShare + share <= average * CROWDED_ABOVE_AVERAGE)
      return { laneId: nearest.laneId, reason: `beside ${nearest.neighbour}: no lane has room; ${cost}` };
  }
  return { laneId: emptiest.laneId, reason: `emptiest shared lane: ${why}; ${cost}` };
}

type NearCandidate = LaneCandidate & { readonly neighbour: ProcessorId };

const isNear = (lane: LaneCandidate): lane is NearCandidate => lane.neighbour !== undefined;

function emptiestOf(lanes: readonly LaneCandidate[]): LaneCandidate | undefined {
  let emptiest: LaneCandidate | undefined;
  for (const lane of lanes) {
    const isEmptier =
      emptiest === undefined ||
      lane.busyShare < emptiest.busyShare ||
      (lane.busyShare === emptiest.busyShare && lane.processors < emptiest.processors);
    if (isEmptier) emptiest = lane;
  }
  return emptiest;
}
