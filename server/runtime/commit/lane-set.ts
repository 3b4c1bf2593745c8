import { LANE_LIMIT } from '../../../native/index.ts';
import { StreamlibError } from '../errors.ts';
import type { Segment } from '../frame/segment.ts';
import type { LaneId } from '../ids.ts';
import type { LaneStart, SharedState } from '../lane/messages.ts';
import type { LaneKind, LanePriority, LogLevel } from '../vocabulary.ts';
import { LaneHandle, type LaneListener } from './lane-handle.ts';
import type { SegmentBurial } from './segment-burial.ts';

/** What every lane of a runtime has in common. */
export interface LaneSetOptions {
  readonly shared: SharedState;
  readonly registries: readonly string[];
  readonly checkpointIntervalMs: number;
  readonly logLevels: Readonly<Record<string, LogLevel | 'silent'>>;
  readonly listener: LaneListener;
  readonly segment: Segment;
  readonly burial: SegmentBurial;
}

/** A lane that is to exist. */
export interface LaneWish {
  readonly laneId: LaneId;
  readonly kind: LaneKind;
  readonly priority: LanePriority | undefined;
  /** Whether the thread is kept while it hosts nothing. */
  readonly pooled?: boolean;
}

/** The lanes that exist, by id. */
export class LaneSet {
  readonly #options: LaneSetOptions;
  readonly #lanes = new Map<LaneId, LaneHandle>();
  readonly #freeIndexes: number[] = [];
  readonly #buried = new WeakSet<LaneHandle>();
  #nextIndex = 1;

  constructor(options: LaneSetOptions) {
    this.#options = options;
  }

  get(laneId: LaneId): LaneHandle | undefined {
    return this.#lanes.get(laneId);
  }

  all(): IterableIterator<LaneHandle> {
    return this.#lanes.values();
  }

  /** The lane, started if it does not exist. */
  ensure({ laneId, kind, priority, pooled = false }: LaneWish): LaneHandle {
    const existing = this.#lanes.get(laneId);
    if (existing !== undefined && !existing.ended) return existing;
    const { shared, registries, checkpointIntervalMs, logLevels, listener, segment } = this.#options;
    const laneIndex = kind === 'main' ? 0 : this.#takeIndex();
    const start: LaneStart = {
      laneId,
      laneIndex,
      priority,
      registries,
      shared,
      checkpointIntervalMs,
      logLevels,
    };
    const lane = new LaneHandle(start, { kind, pooled, listener, segment });
    this.#lanes.set(laneId, lane);
    lane.closed.then(() => {
      if (this.#lanes.get(laneId) === lane) this.#lanes.delete(laneId);
      // What it hosts to the end is taken apart first: see LinkAssembly.loseLane.
      if (lane.hosted.size === 0) this.bury(lane);
    });
    return lane;
  }

  /** Gives back what a lane that has ended held, and its index; no ring to or from it is in use any more. */
  bury(lane: LaneHandle): void {
    if (lane.laneIndex === 0 || this.#buried.has(lane)) return;
    this.#buried.add(lane);
    this.#options.burial.buryLane(lane.laneIndex);
    this.#freeIndexes.push(lane.laneIndex);
  }

  #takeIndex(): number {
    const index = this.#freeIndexes.pop() ?? this.#nextIndex++;
    if (index < LANE_LIMIT) return index;
    throw new StreamlibError('LANES', `at most ${LANE_LIMIT - 1} lanes can exist at once`);
  }
}
