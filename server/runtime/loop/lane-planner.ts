import { availableParallelism } from 'node:os';
import type { LaneWish } from '../commit/lane-set.ts';
import { StreamlibError } from '../errors.ts';
import {
  type Change,
  type Graph,
  getLink,
  getProcessor,
  inLinkOrder,
  linkIdsOf,
  processorsInLinkOrder,
} from '../graph/index.ts';
import type { ProcessorId } from '../ids.ts';
import { DEFAULT_MAX_LANES, LanePlan, type Placeable } from '../plan/index.ts';
import type { ProcessorRegistry } from '../registry/index.ts';

/** The plan of what runs, and the bound on lanes for what is to run. */
export class LanePlanner {
  readonly #registry: ProcessorRegistry;
  readonly #sharedLanes = Math.max(2, availableParallelism());
  readonly #maxLanes: number;
  readonly #graph: () => Graph;
  readonly #plan: LanePlan;
  /** The lanes that processors of the graph ask for by themselves, and how many ask for each. */
  readonly #wanted = new Map<string, number>();
  readonly #wishes = new Map<ProcessorId, string>();

  constructor(registry: ProcessorRegistry, graph: () => Graph, maxLanes = DEFAULT_MAX_LANES) {
    this.#registry = registry;
    this.#graph = graph;
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
    const before: [ProcessorId, string | undefined][] = [];
    for (const change of changes) {
      if ('linkId' in change) continue;
      before.push([change.processorId, this.#wishes.get(change.processorId)]);
      this.#wish(change.processorId, this.#wishOf(graph, change.processorId));
    }
    if (this.#wanted.size <= this.#maxLanes) return;
    for (const [id, wish] of before) this.#wish(id, wish);
    const message = `placement.lane asks for one more lane than the ${this.#maxLanes} that can exist (--max-lanes)`;
    throw new StreamlibError('LANES', message, { path: 'placement.lane' });
  }

  /** Plans those that arrive, sources before what follows them, and forgets those that leave. */
  update(leaving: readonly ProcessorId[], arriving: readonly ProcessorId[]): void {
    for (const id of leaving) this.#plan.remove(id);
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

  /** What a plan would look like that had not grown edit by edit. */
  freshPlan(): LanePlan {
    const fresh = new LanePlan(this.#sharedLanes);
    const graph = this.#graph();
    for (const { processorId } of processorsInLinkOrder(graph)) {
      const processor = this.#placeable(graph, processorId);
      if (processor !== undefined) fresh.place(processor);
    }
    return fresh;
  }

  #placeable(graph: Graph, id: ProcessorId): Placeable | undefined {
    const spec = getProcessor(graph, id);
    if (spec === undefined) return undefined;
    const type = this.#registry.get(spec.processorType);
    return {
      spec,
      async: type?.async ?? false,
      dedicated: type?.dedicated ?? false,
      neighbours: neighboursOf(graph, id),
    };
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

function* neighboursOf(graph: Graph, id: ProcessorId): Generator<ProcessorId> {
  for (const linkId of linkIdsOf(graph, id)) {
    const link = getLink(graph, linkId);
    if (link === undefined) continue;
    yield link.from.processorId === id ? link.to.processorId : link.from.processorId;
  }
}
