import type { LaneId, ProcessorId } from '../ids.ts';
import { BUSY_BOUND, HAND_OVER_US } from './lane-load.ts';
import type { LanePlan, PlannedNeighbour } from './plan.ts';

/**
 * How much a lane above the bound weighs against hand-overs, which are shares of a lane too. Squared, so that what is
 * too much for all is spread evenly; 20, so that a lane 2 to 3 % above the bound is not yet worth a restart.
 */
const OVERLOAD_WEIGHT = 20;

/** A lane of a trial. */
export interface TrialLane {
  readonly laneId: LaneId;
  busyShare: number;
  readonly processorIds: Set<ProcessorId>;
}

/** What a step of a trial would bring. */
export interface TrialStep {
  readonly group: readonly ProcessorId[];
  readonly from: TrialLane;
  readonly to: TrialLane;
  /** In shares of a lane, overload weighted. */
  readonly gain: number;
  readonly busyShare: number;
  /** Frames per second that would no longer cross lanes; negative where more would. */
  readonly framesSaved: number;
}

/** The links of a trial, by processor. */
export type TrialLinks = (id: ProcessorId) => readonly PlannedNeighbour[];

/** A plan on which moves can be tried out without touching the one that runs. */
export class TrialPlan {
  /** How many processors and links were looked at, for a bound on the time. */
  looks = 0;
  readonly #plan: LanePlan;
  readonly #linksOf: TrialLinks;
  readonly #laneOf = new Map<ProcessorId, TrialLane>();
  readonly #pools = new Map<string, TrialLane[]>();

  constructor(plan: LanePlan, linksOf: TrialLinks) {
    this.#plan = plan;
    this.#linksOf = linksOf;
    for (const lane of plan.lanes()) this.#copy(lane.laneId, lane.processorIds, plan.busyShareOf(lane));
    for (const [pool, lanes] of this.#pools) {
      if (lanes.length >= plan.sharedLanes) continue;
      lanes.push({ laneId: plan.freeLaneId(pool), busyShare: 0, processorIds: new Set() });
    }
  }

  /** The lanes among which each pool's processors can move, a new one among them if it may be opened. */
  pools(): Iterable<readonly TrialLane[]> {
    return this.#pools.values();
  }

  laneOf(id: ProcessorId): TrialLane | undefined {
    return this.#laneOf.get(id);
  }

  /** What moving a group that is in one lane would bring. */
  try(group: readonly ProcessorId[], from: TrialLane, to: TrialLane): TrialStep {
    const members = group.length > 1 ? new Set(group) : undefined;
    let busyShare = 0;
    let framesSaved = 0;
    for (const id of group) {
      busyShare += this.#plan.busyShareOfProcessor(id);
      for (const { processorId, framesPerSecond = 0 } of this.#linksOf(id)) {
        this.looks++;
        if (members?.has(processorId)) continue;
        const lane = this.#laneOf.get(processorId);
        if (lane === to) framesSaved += framesPerSecond;
        else if (lane === from) framesSaved -= framesPerSecond;
      }
    }
    this.looks += group.length;
    const relief =
      overload(from.busyShare) +
      overload(to.busyShare) -
      overload(from.busyShare - busyShare) -
      overload(to.busyShare + busyShare);
    const gain = OVERLOAD_WEIGHT * relief + handOverShare(framesSaved);
    return { group, from, to, gain, busyShare, framesSaved };
  }

  /** Makes the step. */
  take({ group, from, to, busyShare }: TrialStep): void {
    for (const id of group) {
      from.processorIds.delete(id);
      to.processorIds.add(id);
      this.#laneOf.set(id, to);
    }
    from.busyShare -= busyShare;
    to.busyShare += busyShare;
  }

  #copy(laneId: LaneId, processorIds: ReadonlySet<ProcessorId>, busyShare: number): void {
    const lane: TrialLane = { laneId, busyShare, processorIds: new Set(processorIds) };
    const pools = new Set<string>();
    for (const id of processorIds) {
      this.#laneOf.set(id, lane);
      const pool = this.#plan.placeOf(id)?.pool;
      if (pool !== undefined) pools.add(pool);
    }
    for (const pool of pools) {
      const known = this.#pools.get(pool);
      if (known === undefined) this.#pools.set(pool, [lane]);
      else known.push(lane);
    }
  }
}

/** What handing so many frames per second from lane to lane costs, as a share of a lane. */
export const handOverShare = (framesPerSecond: number): number => (framesPerSecond * HAND_OVER_US) / 1e6;

function overload(busyShare: number): number {
  const above = Math.max(0, busyShare - BUSY_BOUND);
  return above * above;
}
