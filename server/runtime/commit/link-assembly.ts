import { StreamlibError } from '../errors.ts';
import type { CommitRun } from './commit-run.ts';
import type { LaneHandle } from './lane-handle.ts';
import type { LaneSet } from './lane-set.ts';
import { deliveryOf, LinkWiring, type LinkWiringOptions } from './link-wiring.ts';
import type { LinkRecord, ProcessorRecord } from './records.ts';
import { StepBatch } from './step-batch.ts';

/** What taking links apart and bringing them together needs. */
export interface LinkAssemblyOptions extends LinkWiringOptions {
  readonly lanes: LaneSet;
}

/**
 * Has lanes bring links together and take them apart, and buries what links leave behind. Consumers come first and go
 * last, so that no frame is written that nobody will read.
 */
export class LinkAssembly {
  readonly #options: LinkAssemblyOptions;
  readonly #wiring: LinkWiring;

  constructor(options: LinkAssemblyOptions) {
    this.#options = options;
    this.#wiring = new LinkWiring(options);
  }

  /** Takes links apart; `forget` is to follow. Those whose consumer alone is among `moving` keep what waits for it. */
  async takeApart(
    links: Iterable<LinkRecord>,
    reason: 'rewired' | 'stopped',
    run: CommitRun,
    moving: ReadonlySet<ProcessorRecord> = new Set(),
  ): Promise<void> {
    const producers = new StepBatch();
    const consumers = new StepBatch();
    for (const link of links) {
      if (this.#comesBack(link, moving)) this.#wiring.suspend(link, producers, consumers, run);
      else this.#wiring.detach(link, reason, producers, consumers, run);
    }
    await run.take(producers);
    await run.take(consumers);
  }

  /**
   * Forgets the wiring of links that were taken apart. It is called once it is clear which lanes had to be ended:
   * the counters of their links are put right. `buried` is when a lane of theirs is, where that takes a while.
   */
  forget(links: Iterable<LinkRecord>, stuck: ReadonlySet<LaneHandle>, buried?: Promise<unknown>): void {
    const { burial } = this.#options;
    for (const link of links) {
      const { wiring } = link;
      if (wiring === undefined) continue;
      // A lane that has not answered may still be in the middle of a write.
      const awaited = lateEnds(link, stuck).map((lane) => letsGo(lane, link));
      this.#wiring.forget(link);
      if (buried !== undefined) awaited.push(buried);
      if (awaited.length > 0) void Promise.all(awaited).then(() => burial.buryRings(wiring.rings));
      else burial.buryRings(wiring.rings);
      if (wiring.from.ended || wiring.to.ended) link.counters.reconcileLaneLost();
    }
  }

  /** Takes links apart one of whose lanes has ended, forgets them, and buries the lane. */
  async loseLane(links: ReadonlySet<LinkRecord>, lane: LaneHandle, answerWithinMs: number): Promise<void> {
    const { lanes } = this.#options;
    const stuck = new Set<LaneHandle>();
    const others = new StepBatch();
    for (const link of links) this.#wiring.loseLane(link, lane, others);
    await others.run(answerWithinMs, stuck);
    // NB: when the other ends of its rings are at rest, and before its rings are buried: their state tells how far the
    // lane came with the last reference that it moved.
    const late = [...links].flatMap((link) => lateEnds(link, stuck).map((other) => letsGo(other, link)));
    const buried = late.length === 0 ? undefined : Promise.all(late).then(() => lanes.bury(lane));
    if (buried === undefined) lanes.bury(lane);
    this.forget(links, stuck, buried);
  }

  /** Changes delivery and capacity of the links that were given others, while frames flow. */
  async update(links: Iterable<LinkRecord>, run: CommitRun): Promise<void> {
    const producers = new StepBatch();
    const consumers = new StepBatch();
    for (const link of links)
      if (isWiredDifferently(link))
        orFails(link, run, () => this.#wiring.update(link, producers, consumers, run));
    await run.take(consumers);
    await run.take(producers);
  }

  /** Wires the links that are not, as far as the processors at both their ends are hosted. */
  async bringTogether(links: Iterable<LinkRecord>, run: CommitRun): Promise<void> {
    const producers = new StepBatch();
    const consumers = new StepBatch();
    for (const link of links)
      if (link.wiring === undefined)
        orFails(link, run, () => this.#wiring.attach(link, producers, consumers, run));
    await run.take(consumers);
    await run.take(producers);
  }

  /** Whether a link comes apart only because its consumer moves, and stays in the graph. */
  #comesBack({ spec, wiring }: LinkRecord, moving: ReadonlySet<ProcessorRecord>): boolean {
    const { processors, links } = this.#options.records;
    const from = processors.get(spec.from.processorId);
    const to = processors.get(spec.to.processorId);
    const isInGraph = links.get(spec.linkId)?.wiring === wiring;
    return (
      wiring !== undefined && isInGraph && to !== undefined && moving.has(to) && !(from && moving.has(from))
    );
  }
}

/** What cannot be had for one link fails that link: it stays as it was, and nothing else is held up. */
function orFails({ spec: { linkId } }: LinkRecord, run: CommitRun, plan: () => void): void {
  try {
    plan();
  } catch (error) {
    run.failed({ linkId }, StreamlibError.from(error).toPlain());
  }
}

/** The lanes at a link's ends that have not answered yet. */
function lateEnds({ wiring }: LinkRecord, stuck: ReadonlySet<LaneHandle>): LaneHandle[] {
  if (wiring === undefined) return [];
  return [wiring.from, wiring.to].filter((lane) => stuck.has(lane) && !lane.isClosed);
}

/**
 * Resolves when a lane that was told to let its ends of a link go has done so, or has ended. It is told once more: it
 * takes the steps of one link in order, and the second finds nothing left.
 */
function letsGo(lane: LaneHandle, { spec: { linkId } }: LinkRecord): Promise<unknown> {
  return lane
    .control([{ step: 'suspend', linkId, reason: 'lane_lost', holds: false }])
    .catch(() => lane.closed);
}

function isWiredDifferently(link: LinkRecord): boolean {
  const { applied, spec, wiring } = link;
  if (applied === undefined || wiring === undefined) return false;
  // A processor that was replaced may have ports that want another delivery of a link that says none.
  if (wiring.delivery !== deliveryOf(link)) return true;
  return applied.delivery !== spec.delivery || applied.capacityFrames !== spec.capacityFrames;
}
