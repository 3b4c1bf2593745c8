import type { LaneId, ProcessorId } from '../ids.ts';
import { percent, perSecond } from './explain.ts';
import { BUSY_BOUND, isWithinBound } from './lane-load.ts';
import type { LanePlan, PlannedNeighbour } from './plan.ts';
import { connectedGroups, sidesOfCuts } from './processor-groups.ts';
import { handOverShare, type TrialLane, TrialPlan, type TrialStep } from './trial-plan.ts';

/** A move is a restart: it has to save this share of a lane, overload weighted. */
const LEAST_GAIN = 0.01;
/** The search ends after looking at so many processors and links, some tens of milliseconds; what it found stands. */
const MOST_LOOKS = 500_000;

/** A processor that would run better in another lane. */
export interface PlannedMove {
  readonly processorId: ProcessorId;
  readonly from: LaneId;
  readonly to: LaneId;
  /** What it brings, with the numbers. */
  readonly reason: string;
}

/** What the search for moves has to know beside the plan. */
export interface MoveOptions {
  neighboursOf(id: ProcessorId): Iterable<PlannedNeighbour>;
  /** Whether the processor may be moved at all; one that has ended may not, since a move would start it. */
  isMovable(id: ProcessorId): boolean;
}

/**
 * The moves that make a plan better by what was measured: lanes above the bound are relieved where others have room,
 * and neighbours with many frames between them come together where that fits. The same plan gives the same moves, a
 * plan that has taken them gives none, and each brings more than it is worth to restart for.
 */
export function planMoves(plan: LanePlan, options: MoveOptions): PlannedMove[] {
  const links = new Map<ProcessorId, readonly PlannedNeighbour[]>();
  for (const lane of plan.lanes())
    for (const id of lane.processorIds) links.set(id, [...options.neighboursOf(id)]);
  const trial = new TrialPlan(plan, (id) => links.get(id) ?? []);
  const linked = new Map([...links].map(([id, list]) => [id, list.map(({ processorId }) => processorId)]));
  const linkedWith = (id: ProcessorId) => linked.get(id) ?? [];
  const isMovable = (id: ProcessorId) => plan.placeOf(id)?.pool !== undefined && options.isMovable(id);

  const groupsIn = (lane: TrialLane): ProcessorId[][] => {
    const movable = new Set([...lane.processorIds].filter(isMovable));
    const isCut = (id: ProcessorId) => linkedWith(id).some((other) => trial.laneOf(other) !== lane);
    if (isWithinBound(lane.busyShare)) {
      // Nothing but hand-overs can be saved, and only by those that hand over.
      const cut = new Set([...movable].filter(isCut));
      if (cut.size === 0) return [];
      const groups = connectedGroups(movable, linkedWith).filter(({ length }) => length > 1);
      return [...[...cut].map((id) => [id]), ...groups.filter((group) => group.some((id) => cut.has(id)))];
    }
    const groups = connectedGroups(movable, linkedWith);
    return [
      ...[...movable].map((id) => [id]),
      ...groups.filter(({ length }) => length > 1),
      ...groups.flatMap((group) => sidesOfCuts(group, linkedWith)),
      enoughOf([...movable], lane, plan, (id) => links.get(id) ?? []),
    ];
  };

  const reasons = new Map<ProcessorId, string>();
  while (trial.looks < MOST_LOOKS) {
    const step = bestStep(trial, groupsIn);
    if (step === undefined) break;
    const reason = reasonFor(step, trial, (id) => links.get(id) ?? []);
    for (const id of step.group) reasons.set(id, reason);
    trial.take(step);
  }
  return [...reasons].sort(byId).flatMap(([processorId, reason]) => {
    const from = plan.laneOf(processorId)?.laneId;
    const to = trial.laneOf(processorId)?.laneId;
    return from === undefined || to === undefined || from === to ? [] : [{ processorId, from, to, reason }];
  });
}

/**
 * As many processors of a lane that is too full as it takes to bring it to the bound, those with the fewest frames to
 * others first: each of them alone may be too small to be worth a step.
 */
function enoughOf(
  movable: readonly ProcessorId[],
  lane: TrialLane,
  plan: LanePlan,
  linksOf: (id: ProcessorId) => readonly PlannedNeighbour[],
): ProcessorId[] {
  const framesOf = (id: ProcessorId) =>
    linksOf(id).reduce((sum, { framesPerSecond = 0 }) => sum + framesPerSecond, 0);
  const candidates = movable.map((id) => ({
    id,
    frames: framesOf(id),
    share: plan.busyShareOfProcessor(id),
  }));
  candidates.sort((a, b) => a.frames - b.frames || b.share - a.share || (a.id < b.id ? -1 : 1));
  const enough: ProcessorId[] = [];
  let busyShare = lane.busyShare;
  for (const { id, share } of candidates) {
    if (isWithinBound(busyShare)) break;
    busyShare -= share;
    enough.push(id);
  }
  return enough;
}

const byId = ([a]: readonly [ProcessorId, string], [b]: readonly [ProcessorId, string]): number =>
  a < b ? -1 : 1;

function bestStep(trial: TrialPlan, groupsIn: (lane: TrialLane) => ProcessorId[][]): TrialStep | undefined {
  let best: TrialStep | undefined;
  for (const lanes of trial.pools()) {
    for (const from of lanes) {
      for (const group of groupsIn(from)) {
        for (const to of lanes) {
          if (to === from || trial.looks >= MOST_LOOKS) continue;
          const step = trial.try(group, from, to);
          if (step.gain >= LEAST_GAIN && isFair(step) && (best === undefined || isBetter(step, best)))
            best = step;
        }
      }
    }
  }
  return best;
}

/** Nobody is crowded for the sake of hand-overs: the other lane stays within the bound, or below the one that is left. */
const isFair = ({ from, to, busyShare }: TrialStep): boolean =>
  isWithinBound(to.busyShare + busyShare) || to.busyShare + busyShare < from.busyShare;

/** More gain, or as much with fewer restarts. */
function isBetter(step: TrialStep, best: TrialStep): boolean {
  const difference = step.gain - best.gain;
  return Math.abs(difference) > 1e-9 ? difference > 0 : step.group.length < best.group.length;
}

function reasonFor(
  { group, from, to, busyShare, framesSaved }: TrialStep,
  trial: TrialPlan,
  linksOf: (id: ProcessorId) => readonly PlannedNeighbour[],
): string {
  const others = group.length - 1;
  const parts: string[] = [];
  if (from.busyShare > BUSY_BOUND) {
    const who = others === 0 ? 'it' : `it and ${others === 1 ? 'another' : `${others} others`}`;
    parts.push(
      `relieves ${from.laneId}: ${percent(from.busyShare)} busy, ${percent(from.busyShare - busyShare)} without ${who}`,
    );
  }
  if (framesSaved > 0) {
    const near = group
      .flatMap((id) => linksOf(id))
      .filter(({ processorId }) => trial.laneOf(processorId) === to)
      .sort((a, b) => (b.framesPerSecond ?? 0) - (a.framesPerSecond ?? 0));
    const saved = `${perSecond(framesSaved)} frames a second fewer between lanes, ${percent(handOverShare(framesSaved))} of a lane`;
    parts.push(`beside ${near[0]?.processorId}: ${saved}`);
  } else if (framesSaved < 0) parts.push(`${perSecond(-framesSaved)} frames a second more between lanes`);
  return parts.join('; ');
}
