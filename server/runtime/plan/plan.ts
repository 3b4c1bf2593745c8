import { DEDICATED_LANE_PREFIX, type ProcessorSpec } from '../graph/index.ts';
import type { LaneId, ProcessorId } from '../ids.ts';
import type { LaneKind, LanePriority } from '../vocabulary.ts';

/** How many lanes may exist beside the shared ones where nobody says. */
export const DEFAULT_MAX_LANES = 32;

const LONGEST_LANE_ID = 63;

/**
 * Below the API and the runtime loop, so that a saturated graph never keeps a call from its answer. 15, because on
 * Linux 6.18 the p99 of a state read with four busy lanes was 3.7 times the idle one at nice 10, 2.4 times at 15
 * and 1.9 times at 19 (medians of bench/state-read.ts), and because 19 leaves a lane next to nothing beside other
 * programs.
 */
const NICE_OF: Readonly<Record<LanePriority, number | undefined>> = { normal: 15, high: 0, realtime: 0 };

/** A lane and what it hosts. */
export interface PlannedLane {
  readonly laneId: LaneId;
  readonly kind: LaneKind;
  /** Whether its processors may return promises. */
  readonly async: boolean;
  readonly nice: number | undefined;
  /** Its thread is kept while the runtime runs, since the next processors will want it. */
  readonly pooled?: boolean;
  readonly processorIds: Set<ProcessorId>;
  /** Why these processors are here. */
  readonly reason: string;
}

/** What the plan has to know of a processor. */
export interface Placeable {
  readonly spec: ProcessorSpec;
  /** Whether its calls may return promises. */
  readonly async: boolean;
  /** Whether its type always has a lane to itself. */
  readonly dedicated: boolean;
  /** The processors at the other ends of its links. */
  readonly neighbours: Iterable<ProcessorId>;
}

/**
 * Which lane hosts which processor and why. A processor keeps its lane until it leaves: moving would be a restart.
 * Neighbours share a lane where that does not overload it, since a link inside a lane is a direct hand-over.
 */
export class LanePlan {
  readonly #sharedLanes: number;
  readonly #lanes = new Map<LaneId, PlannedLane>();
  readonly #laneOf = new Map<ProcessorId, PlannedLane>();

  /** `sharedLanes` is how many lanes of each kind may be shared: the number of cores, and at least 2. */
  constructor(sharedLanes: number) {
    this.#sharedLanes = sharedLanes;
  }

  /** In the order in which they came to be. */
  lanes(): IterableIterator<PlannedLane> {
    return this.#lanes.values();
  }

  hasLane(laneId: LaneId): boolean {
    return this.#lanes.has(laneId);
  }

  laneOf(id: ProcessorId): PlannedLane | undefined {
    return this.#laneOf.get(id);
  }

  remove(id: ProcessorId): void {
    const lane = this.#laneOf.get(id);
    if (lane === undefined) return;
    this.#laneOf.delete(id);
    lane.processorIds.delete(id);
    if (lane.processorIds.size === 0) this.#lanes.delete(lane.laneId);
  }

  /** Gives a processor its lane. */
  place(processor: Placeable): PlannedLane {
    const { processorId } = processor.spec;
    this.remove(processorId);
    const lane = this.#choose(processor);
    lane.processorIds.add(processorId);
    this.#laneOf.set(processorId, lane);
    return lane;
  }

  #choose(processor: Placeable): PlannedLane {
    const { spec, dedicated } = processor;
    const { lane, priority } = spec.placement;
    const nice = NICE_OF[priority];
    if (lane === 'main') {
      return this.#ensure({
        laneId: 'main',
        kind: 'main',
        async: true,
        nice: undefined,
        reason: 'placed on the main thread',
      });
    }
    if (lane === 'dedicated' || (lane === 'auto' && dedicated)) {
      const reason =
        lane === 'dedicated'
          ? 'placed in a lane of its own'
          : `${spec.processorType} always has a lane of its own`;
      return this.#ensure({
        laneId: this.#dedicatedLaneId(spec.processorId),
        kind: 'dedicated',
        async: processor.async,
        nice,
        reason,
      });
    }
    if (lane !== 'auto') {
      return this.#ensure({
        laneId: lane,
        kind: 'shared',
        async: true,
        nice,
        reason: `placed in the lane ${lane}`,
      });
    }
    return this.#share(processor, nice);
  }

  /** The lane of most neighbours if it is not overfull, else the emptiest; a new one while there are too few. */
  #share({ async, neighbours, spec }: Placeable, nice: number | undefined): PlannedLane {
    const prefix = async ? 'async' : 'lane';
    const suffix = spec.placement.priority === 'normal' ? '' : `-${spec.placement.priority}`;
    const shared: PlannedLane[] = [];
    let hosted = 0;
    for (let i = 1; i <= this.#sharedLanes; i++) {
      const lane = this.#lanes.get(`${prefix}${suffix}-${i}` as LaneId);
      if (lane === undefined) continue;
      shared.push(lane);
      hosted += lane.processorIds.size;
    }
    const fairShare = Math.ceil((hosted + 1) / this.#sharedLanes);
    const near = mostCommon(neighbours, (id) => this.#laneOf.get(id), shared);
    // A little imbalance is cheaper than a ring; a lane with twice its share is a bottleneck.
    if (near !== undefined && near.processorIds.size < Math.max(4, fairShare * 2)) return near;
    if (shared.length < this.#sharedLanes) {
      const number = firstFree((i) => this.#lanes.has(`${prefix}${suffix}-${i}` as LaneId));
      const reason = async
        ? 'shared by processors whose calls return promises'
        : 'shared; neighbours together';
      const laneId = `${prefix}${suffix}-${number}`;
      return this.#ensure({ laneId, kind: 'shared', async, nice, reason, pooled: true });
    }
    return shared.reduce((least, lane) => (lane.processorIds.size < least.processorIds.size ? lane : least));
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

  #ensure(wish: Omit<PlannedLane, 'laneId' | 'processorIds'> & { laneId: string }): PlannedLane {
    const laneId = wish.laneId as LaneId;
    const known = this.#lanes.get(laneId);
    if (known !== undefined) return known;
    const lane: PlannedLane = { ...wish, laneId, processorIds: new Set() };
    this.#lanes.set(laneId, lane);
    return lane;
  }
}

function firstFree(isTaken: (number: number) => boolean): number {
  for (let number = 1; ; number++) if (!isTaken(number)) return number;
}

function mostCommon(
  neighbours: Iterable<ProcessorId>,
  laneOf: (id: ProcessorId) => PlannedLane | undefined,
  among: readonly PlannedLane[],
): PlannedLane | undefined {
  const counts = new Map<PlannedLane, number>();
  let best: PlannedLane | undefined;
  for (const id of neighbours) {
    const lane = laneOf(id);
    if (lane === undefined || !among.includes(lane)) continue;
    counts.set(lane, (counts.get(lane) ?? 0) + 1);
    if (best === undefined || (counts.get(lane) ?? 0) > (counts.get(best) ?? 0)) best = lane;
  }
  return best;
}
