import { DEDICATED_LANE_PREFIX, type ProcessorSpec } from '../graph/index.ts';
import type { LaneId, ProcessorId } from '../ids.ts';
import type { LaneKind, LanePriority } from '../vocabulary.ts';
import { chooseLane, type LaneCandidate } from './choose-lane.ts';
import { describeLoad } from './explain.ts';
import { ESTIMATED_SHARE, type ProcessorLoad, shareOf } from './lane-load.ts';

/** How many lanes may exist beside the shared ones where nobody says. */
export const DEFAULT_MAX_LANES = 32;

const LONGEST_LANE_ID = 63;

/** A lane and what it hosts. */
export interface PlannedLane {
  readonly laneId: LaneId;
  readonly kind: LaneKind;
  /** Whether its processors may return promises. */
  readonly async: boolean;
  /** What its thread is given; undefined leaves it. */
  readonly priority: LanePriority | undefined;
  /** Its thread is kept while the runtime runs, since the next processors will want it. */
  readonly pooled?: boolean;
  readonly processorIds: Set<ProcessorId>;
  /** What the lane is for. */
  readonly reason: string;
}

/** A processor's place. */
export interface PlannedPlace {
  readonly lane: PlannedLane;
  /** Why it was placed there, with the numbers of that moment. */
  readonly reason: string;
  /** The lanes among which the plan chooses for it, as `lane` or `async-high`; undefined where it has no choice. */
  readonly pool: string | undefined;
}

/** A processor at the other end of a link. */
export interface PlannedNeighbour {
  readonly processorId: ProcessorId;
  /** Undefined where it was not measured. */
  readonly framesPerSecond: number | undefined;
}

/** What the plan has to know of a processor. */
export interface Placeable {
  readonly spec: ProcessorSpec;
  /** Whether its calls may return promises. */
  readonly async: boolean;
  /** Whether its type always has a lane to itself. */
  readonly dedicated: boolean;
  /** Why it is kept apart from others, if it is. */
  readonly apart?: string | undefined;
  /** Undefined where it was not measured. */
  readonly load: ProcessorLoad | undefined;
  /** The processors at the other ends of its links. */
  readonly neighbours: Iterable<PlannedNeighbour>;
}

/** A lane that is to be there. */
type LaneRequest = Omit<PlannedLane, 'laneId' | 'processorIds'> & { readonly laneId: string };

/** What a link that was not measured counts for when neighbours are weighed against each other. */
const ASSUMED_FRAMES_PER_SECOND = 1;

/**
 * Which lane hosts which processor and why. A processor keeps its lane until it leaves: moving would be a restart.
 * Neighbours share a lane where that does not overload it, since a link inside a lane is a direct hand-over.
 */
export class LanePlan {
  readonly sharedLanes: number;
  readonly #lanes = new Map<LaneId, PlannedLane>();
  readonly #places = new Map<ProcessorId, PlannedPlace>();
  readonly #shares = new Map<ProcessorId, number>();
  readonly #busy = new Map<PlannedLane, number>();

  /** `sharedLanes` is how many lanes of each kind may be shared: the number of cores, and at least 2. */
  constructor(sharedLanes: number) {
    this.sharedLanes = sharedLanes;
  }

  /** In the order in which they came to be. */
  lanes(): IterableIterator<PlannedLane> {
    return this.#lanes.values();
  }

  hasLane(laneId: LaneId): boolean {
    return this.#lanes.has(laneId);
  }

  laneOf(id: ProcessorId): PlannedLane | undefined {
    return this.#places.get(id)?.lane;
  }

  placeOf(id: ProcessorId): PlannedPlace | undefined {
    return this.#places.get(id);
  }

  /** How busy a lane is taken to be: the sum over what it hosts. */
  busyShareOf(lane: PlannedLane): number {
    return this.#busy.get(lane) ?? 0;
  }

  /** What a processor is taken to cost; 0 for one without a lane. */
  busyShareOfProcessor(id: ProcessorId): number {
    return this.#shares.get(id) ?? 0;
  }

  /** Takes over what processors cost now; it moves nobody. */
  takeLoads(loadOf: (id: ProcessorId) => ProcessorLoad | undefined): void {
    for (const lane of this.#lanes.values()) {
      let busy = 0;
      for (const id of lane.processorIds) {
        const share = shareOf(loadOf(id));
        this.#shares.set(id, share);
        busy += share;
      }
      this.#busy.set(lane, busy);
    }
  }

  remove(id: ProcessorId): void {
    const lane = this.laneOf(id);
    if (lane === undefined) return;
    this.#places.delete(id);
    lane.processorIds.delete(id);
    this.#busy.set(lane, this.busyShareOf(lane) - (this.#shares.get(id) ?? 0));
    this.#shares.delete(id);
    if (lane.processorIds.size > 0) return;
    this.#lanes.delete(lane.laneId);
    this.#busy.delete(lane);
  }

  /** Gives a processor its lane. */
  place(processor: Placeable): PlannedLane {
    this.remove(processor.spec.processorId);
    return this.#take(processor, this.#choose(processor));
  }

  /** Gives a processor the lane of its pool that it is to move to. */
  placeIn(laneId: LaneId, processor: Placeable, reason: string): PlannedLane {
    this.remove(processor.spec.processorId);
    const pool = poolOf(processor);
    return this.#take(processor, { lane: this.#sharedLane(laneId, processor), pool, reason });
  }

  #take({ spec, load }: Placeable, place: PlannedPlace): PlannedLane {
    const { lane } = place;
    const share = shareOf(load);
    lane.processorIds.add(spec.processorId);
    this.#places.set(spec.processorId, place);
    this.#shares.set(spec.processorId, share);
    this.#busy.set(lane, this.busyShareOf(lane) + share);
    return lane;
  }

  #choose(processor: Placeable): PlannedPlace {
    const { spec, dedicated, apart } = processor;
    const { lane, priority } = spec.placement;
    const fixed = (wish: LaneRequest): PlannedPlace => ({
      lane: this.#ensure(wish),
      reason: wish.reason,
      pool: undefined,
    });
    if (lane === 'main') {
      const reason = 'placed on the main thread';
      return fixed({ laneId: 'main', kind: 'main', async: true, priority: undefined, reason });
    }
    if (lane === 'dedicated' || (lane === 'auto' && (dedicated || apart !== undefined))) {
      const reason =
        lane === 'dedicated'
          ? 'placed in a lane of its own'
          : (apart ?? `${spec.processorType} always has a lane of its own`);
      const laneId = this.#dedicatedLaneId(spec.processorId);
      return fixed({ laneId, kind: 'dedicated', async: processor.async, priority, reason });
    }
    if (lane !== 'auto')
      return fixed({
        laneId: lane,
        kind: 'shared',
        async: true,
        priority,
        reason: `placed in the lane ${lane}`,
      });
    return this.#share(processor);
  }

  #share(processor: Placeable): PlannedPlace {
    const pool = poolOf(processor);
    const shared: PlannedLane[] = [];
    for (let i = 1; i <= this.sharedLanes; i++) {
      const lane = this.#lanes.get(`${pool}-${i}` as LaneId);
      if (lane !== undefined) shared.push(lane);
    }
    const { laneId, reason } = chooseLane(shareOf(processor.load), this.#candidates(shared, processor), {
      mayOpen: shared.length < this.sharedLanes,
      cost: describeLoad(processor.load, ESTIMATED_SHARE),
    });
    return { lane: this.#sharedLane(laneId ?? this.freeLaneId(pool), processor), reason, pool };
  }

  #candidates(lanes: readonly PlannedLane[], { neighbours }: Placeable): LaneCandidate[] {
    const near = new Map<PlannedLane, { rate: number; best: ProcessorId; bestRate: number }>();
    for (const { processorId, framesPerSecond } of neighbours) {
      const lane = this.laneOf(processorId);
      if (lane === undefined) continue;
      const rate = framesPerSecond ?? ASSUMED_FRAMES_PER_SECOND;
      const known = near.get(lane);
      if (known === undefined) near.set(lane, { rate, best: processorId, bestRate: rate });
      else {
        known.rate += rate;
        if (rate > known.bestRate) Object.assign(known, { best: processorId, bestRate: rate });
      }
    }
    return lanes.map((lane) => ({
      laneId: lane.laneId,
      busyShare: this.busyShareOf(lane),
      processors: lane.processorIds.size,
      neighbour: near.get(lane)?.best,
      framesPerSecond: near.get(lane)?.rate ?? 0,
    }));
  }

  /** The first name of a pool that no lane has. */
  freeLaneId(pool: string): LaneId {
    return `${pool}-${firstFree((i) => this.#lanes.has(`${pool}-${i}` as LaneId))}` as LaneId;
  }

  #sharedLane(laneId: LaneId, { async, spec }: Placeable): PlannedLane {
    const reason = async ? 'shared by processors whose calls return promises' : 'shared; neighbours together';
    const { priority } = spec.placement;
    return this.#ensure({ laneId, kind: 'shared', async, priority, reason, pooled: true });
  }

  // An owned id may be longer than a lane's, and its dot may make it equal to another's.
  #dedicatedLaneId(id: ProcessorId): string {
    const name = `${DEDICATED_LANE_PREFIX}${id.replace('.', '-')}`;
    const numbered = (number: number): string => {
      const suffix = number === 1 ? '' : `-${number}`;
      return `${name.slice(0, LONGEST_LANE_ID - suffix.length)}${suffix}`;
    };
    return numbered(firstFree((number) => this.#lanes.has(numbered(number) as LaneId)));
  }

  #ensure(wish: LaneRequest): PlannedLane {
    const laneId = wish.laneId as LaneId;
    const known = this.#lanes.get(laneId);
    if (known !== undefined) return known;
    const lane: PlannedLane = { ...wish, laneId, processorIds: new Set() };
    this.#lanes.set(laneId, lane);
    return lane;
  }
}

/** The lanes that are shared by processors like this one. */
function poolOf({ async, spec }: Placeable): string {
  const { priority } = spec.placement;
  return `${async ? 'async' : 'lane'}${priority === 'normal' ? '' : `-${priority}`}`;
}

function firstFree(isTaken: (number: number) => boolean): number {
  for (let number = 1; ; number++) if (!isTaken(number)) return number;
}
