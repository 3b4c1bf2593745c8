import { availableParallelism } from 'node:os';
import type { LaneWish } from '../commit/lane-set.ts';
import { StreamlibError } from '../errors.ts';
import { type Change, type Graph, getLink, getProcessor, inLinkOrder, linkIdsOf } from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import {
  DEFAULT_MAX_LANES,
  LanePlan,
  type Placeable,
  type PlannedMove,
  type PlannedNeighbour,
  type ProcessorLoad,
  planMoves,
} from '../plan/index.ts';
import type { ProcessorRegistry } from '../registry/index.ts';
import { schedulingOf } from '../scheduling.ts';

/** What was measured of what runs; undefined where nothing was. */
export interface Measurements {
  loadOf(id: ProcessorId): ProcessorLoad | undefined;
  framesPerSecondOf(id: LinkId): number | undefined;
}

/** What the planner works on. */
export interface LanePlannerOptions {
  readonly registry: ProcessorRegistry;
  graph(): Graph;
  measurements(): Measurements;
  /** Default 32. */
  readonly maxLanes?: number | undefined;
}

/** The plan of what runs, and the bound on lanes for what is to run. */
export class LanePlanner {
  readonly #registry: ProcessorRegistry;
  readonly #measurements: () => Measurements;
  readonly #sharedLanes = Math.max(2, availableParallelism());
  readonly #maxLanes: number;
  readonly #graph: () => Graph;
  readonly #plan: LanePlan;
  /** The lanes that processors of the graph ask for by themselves, and how many ask for each. */
  readonly #wanted = new Map<string, number>();
  readonly #wishes = new Map<ProcessorId, string>();
  /** Why processors are kept apart, until they leave the graph. */
  readonly #apart = new Map<ProcessorId, string>();

  constructor({ registry, graph, measurements, maxLanes = DEFAULT_MAX_LANES }: LanePlannerOptions) {
    this.#registry = registry;
    this.#graph = graph;
    this.#measurements = measurements;
    this.#maxLanes = maxLanes;
    this.#plan = new LanePlan(this.#sharedLanes);
  }

  get plan(): LanePlan {
    return this.#plan;
  }

  /**
   * Takes note of accepted changes, or throws LANES and takes none: the lanes that the graph asks for by name or
   * one by one must fit; the shared ones come beside them.
   */
  assertRoom(graph: Graph, changes: readonly Change[]): void {
    const takeBack = this.#takeNote(graph, changes);
    if (this.#wanted.size <= this.#maxLanes) return;
    takeBack();
    throw this.#noRoom(graph, changes);
  }

  /** Throws what `assertRoom` would, and takes no note. */
  checkRoom(graph: Graph, changes: readonly Change[]): void {
    const takeBack = this.#takeNote(graph, changes);
    const hasRoom = this.#wanted.size <= this.#maxLanes;
    takeBack();
    if (!hasRoom) throw this.#noRoom(graph, changes);
  }

  #takeNote(graph: Graph, changes: readonly Change[]): () => void {
    const before: [ProcessorId, string | undefined][] = [];
    for (const change of changes) {
      if ('linkId' in change) continue;
      before.push([change.processorId, this.#wishes.get(change.processorId)]);
      this.#wish(change.processorId, this.#wishOf(graph, change.processorId));
    }
    return () => {
      for (const [id, wish] of before) this.#wish(id, wish);
    };
  }

  /** Names the last of the processors that ask for a lane. */
  #noRoom(graph: Graph, changes: readonly Change[]): StreamlibError {
    const asking = changes.findLast(
      (change) => 'processorId' in change && this.#wishOf(graph, change.processorId) !== undefined,
    ) as Extract<Change, { processorId: ProcessorId }> | undefined;
    const message = `placement.lane asks for one more lane than the ${this.#maxLanes} that can exist (--max-lanes)`;
    const details = { processor_id: asking?.processorId ?? '' };
    return new StreamlibError('LANES', message, { path: 'placement.lane', details });
  }

  /** Plans those that arrive, sources before what follows them, and forgets those that leave. */
  update(leaving: readonly ProcessorId[], arriving: readonly ProcessorId[]): void {
    for (const id of leaving) {
      this.#plan.remove(id);
      if (getProcessor(this.#graph(), id) === undefined) this.#apart.delete(id);
    }
    for (const id of inLinkOrder(this.#graph(), arriving)) {
      const processor = this.#placeable(this.#graph(), id);
      if (processor !== undefined && this.#plan.laneOf(id) === undefined) this.#plan.place(processor);
    }
  }

  laneOf(id: ProcessorId): LaneWish {
    const lane = this.#plan.laneOf(id);
    if (lane === undefined) throw new StreamlibError('INTERNAL', `${id} has no place in the plan`);
    return lane;
  }

  /** Lets the plan know what was measured since. It moves nobody. */
  takeMeasurements(): void {
    this.#plan.takeLoads((id) => this.loadOf(id));
  }

  /** What a processor was measured to cost; undefined where that says nothing. */
  loadOf(id: ProcessorId): ProcessorLoad | undefined {
    const spec = getProcessor(this.#graph(), id);
    const type = spec && this.#registry.get(spec.processorType);
    // NB: a promise is timed until it settles, and callbacks are not timed at all: neither is the lane's busy time.
    if (type === undefined || type.async || schedulingOf(type.descriptor).kind === 'manual') return undefined;
    return this.#measurements().loadOf(id);
  }

  /** What would run better elsewhere by what was measured; see `planMoves`. */
  moves(isMovable: (id: ProcessorId) => boolean): PlannedMove[] {
    this.takeMeasurements();
    return planMoves(this.#plan, { isMovable, neighboursOf: (id) => this.#neighboursOf(this.#graph(), id) });
  }

  /** Gives processors the lanes that moves say. Their threads are the committer's business. */
  take(moves: readonly PlannedMove[]): void {
    for (const { processorId, to, reason } of moves) {
      const processor = this.#placeable(this.#graph(), processorId);
      if (processor !== undefined) this.#plan.placeIn(to, processor, `moved by a replan: ${reason}`);
    }
  }

  /** Gives a processor a lane of its own when it is placed next, if that many lanes may exist. */
  keepApart(id: ProcessorId, reason: string): void {
    if (this.#apart.size + this.#wanted.size >= this.#maxLanes) return;
    this.#apart.set(id, reason);
    this.#plan.remove(id);
  }

  #placeable(graph: Graph, id: ProcessorId): Placeable | undefined {
    const spec = getProcessor(graph, id);
    if (spec === undefined) return undefined;
    const type = this.#registry.get(spec.processorType);
    return {
      spec,
      async: type?.async ?? false,
      dedicated: type?.dedicated ?? false,
      apart: this.#apart.get(id),
      load: this.loadOf(id),
      neighbours: this.#neighboursOf(graph, id),
    };
  }

  *#neighboursOf(graph: Graph, id: ProcessorId): Generator<PlannedNeighbour> {
    for (const linkId of linkIdsOf(graph, id)) {
      const link = getLink(graph, linkId);
      if (link === undefined) continue;
      const processorId = link.from.processorId === id ? link.to.processorId : link.from.processorId;
      yield { processorId, framesPerSecond: this.#measurements().framesPerSecondOf(linkId) };
    }
  }

  #wishOf(graph: Graph, id: ProcessorId): string | undefined {
    const spec = getProcessor(graph, id);
    if (spec === undefined || spec.placement.lane === 'main') return undefined;
    const type = this.#registry.get(spec.processorType);
    if (spec.placement.lane === 'dedicated') return `of its own: ${id}`;
    if (spec.placement.lane !== 'auto') return `named: ${spec.placement.lane}`;
    return type?.dedicated === true ? `of its own: ${id}` : undefined;
  }

  #wish(id: ProcessorId, wish: string | undefined): void {
    const before = this.#wishes.get(id);
    if (before !== undefined) {
      const left = (this.#wanted.get(before) ?? 1) - 1;
      if (left === 0) this.#wanted.delete(before);
      else this.#wanted.set(before, left);
    }
    if (wish === undefined) this.#wishes.delete(id);
    else {
      this.#wishes.set(id, wish);
      this.#wanted.set(wish, (this.#wanted.get(wish) ?? 0) + 1);
    }
  }
}
