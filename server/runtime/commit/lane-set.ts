import { StreamlibError } from '../errors.ts';
import type { LaneId } from '../ids.ts';
import type { LaneStart, SharedState } from '../lane/messages.ts';
import type { LaneKind, LogLevel } from '../vocabulary.ts';
import { LaneHandle, type LaneListener } from './lane-handle.ts';

/** How many lanes can exist at once: doorbells are made once for all of them. Index 0 is the main thread. */
export const LANE_LIMIT = 256;

/** What every lane of a runtime has in common. */
export interface LaneSetOptions {
  readonly shared: SharedState;
  readonly registries: readonly string[];
  readonly logLevels: Readonly<Record<string, LogLevel | 'silent'>>;
  readonly listener: LaneListener;
}

/** A lane that is to exist. */
export interface LaneWish {
  readonly laneId: LaneId;
  readonly kind: LaneKind;
  readonly nice: number | undefined;
  /** Whether the thread is kept while it hosts nothing. */
  readonly pooled?: boolean;
}

/** The lanes that exist, by id. */
export class LaneSet {
  readonly #options: LaneSetOptions;
  readonly #lanes = new Map<LaneId, LaneHandle>();
  readonly #freeIndexes: number[] = [];
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
  ensure({ laneId, kind, nice, pooled = false }: LaneWish): LaneHandle {
    const existing = this.#lanes.get(laneId);
    if (existing !== undefined && !existing.ended) return existing;
    const { shared, registries, logLevels, listener } = this.#options;
    const laneIndex = kind === 'main' ? 0 : this.#takeIndex();
    const start: LaneStart = { laneId, laneIndex, nice, registries, shared, logLevels };
    const lane = new LaneHandle(start, { kind, pooled, listener });
    this.#lanes.set(laneId, lane);
    lane.closed.then(() => {
      if (this.#lanes.get(laneId) === lane) this.#lanes.delete(laneId);
      if (laneIndex !== 0) this.#freeIndexes.push(laneIndex);
    });
    return lane;
  }

  #takeIndex(): number {
    const index = this.#freeIndexes.pop() ?? this.#nextIndex++;
    if (index < LANE_LIMIT) return index;
    throw new StreamlibError('LANES', `at most ${LANE_LIMIT - 1} lanes can exist at once`);
  }
}
