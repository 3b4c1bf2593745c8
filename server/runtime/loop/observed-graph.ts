import { wallClockMs } from '../clock.ts';
import type { CommitPart } from '../commit/commit-report.ts';
import {
  type CommitWork,
  createProcessorRecord,
  emptyWork,
  type LinkRecord,
  type Records,
} from '../commit/records.ts';
import { type Change, emptyGraph, type Graph, getLink, getProcessor, linkIdsOf } from '../graph/index.ts';
import { type LinkId, type ProcessorId, SYSTEM } from '../ids.ts';
import type { LinkCounters } from '../link/link-counters.ts';
import type { ProcessorRegistry } from '../registry/index.ts';

/** The newest durable graph, what is observed of its parts, and what of it has not been committed yet. */
export class ObservedGraph {
  readonly records: Records = { processors: new Map(), links: new Map() };
  readonly #registry: ProcessorRegistry;
  #graph: Graph = emptyGraph();
  #work: CommitWork = emptyWork();

  constructor(registry: ProcessorRegistry) {
    this.#registry = registry;
  }

  get graph(): Graph {
    return this.#graph;
  }

  /**
   * Goes on to the graph that the changes led to; `counters` are those of the links that come. `bringsBack`: what comes
   * was there before, and goes on with the state that it had.
   */
  follow(
    graph: Graph,
    changes: Iterable<Change>,
    counters: ReadonlyMap<LinkId, LinkCounters>,
    bringsBack = false,
  ): void {
    this.#graph = graph;
    const nowMs = wallClockMs();
    for (const change of changes) {
      if ('linkId' in change) this.#recordLink(change.linkId, counters.get(change.linkId), nowMs);
      else this.#recordProcessor(change.processorId, nowMs, bringsBack);
    }
  }

  /** What is observed of the links of a processor. */
  linksOf(id: ProcessorId): LinkRecord[] {
    return [...linkIdsOf(this.#graph, id)].flatMap((linkId) => this.records.links.get(linkId) ?? []);
  }

  /** What is observed of the links that end at a processor. */
  incomingLinksOf(id: ProcessorId): LinkRecord[] {
    return this.linksOf(id).filter(({ spec }) => spec.to.processorId === id);
  }

  /** Everything that has to be committed since this was last called. */
  takeWork(): CommitWork {
    const work = this.#work;
    this.#work = emptyWork();
    return work;
  }

  /** Leaves to the next commit what one that broke off may not have done. */
  putBack({ processors, links, retiredProcessors, retiredLinks }: CommitWork): void {
    for (const id of processors) this.#work.processors.add(id);
    for (const id of links) this.#work.links.add(id);
    this.#work.retiredProcessors.push(...retiredProcessors.filter(({ lane }) => lane !== undefined));
    this.#work.retiredLinks.push(
      ...retiredLinks.filter(({ wiring, suspendedIn }) => (wiring ?? suspendedIn) !== undefined),
    );
  }

  /** Makes the next commit look at these parts, and start those of them that failed without a lane. */
  touch(parts: Iterable<Change | CommitPart>): void {
    for (const part of parts) {
      if ('linkId' in part) this.#work.links.add(part.linkId);
      else {
        const record = this.records.processors.get(part.processorId);
        if (record?.lane === undefined && record?.state === 'failed') record.state = 'pending';
        this.#work.processors.add(part.processorId);
      }
    }
  }

  /** Whether every processor of the graph has ended or failed. */
  hasEnded(): boolean {
    for (const { spec, state } of this.records.processors.values()) {
      if (spec.owner !== SYSTEM && state !== 'stopped' && state !== 'failed') return false;
    }
    return true;
  }

  /** Makes the next commit look at the whole graph, as a start does. */
  touchEverything(): void {
    for (const record of this.records.processors.values()) {
      if (record.spec.owner === SYSTEM) continue;
      if (record.lane === undefined) record.state = 'pending';
      record.error = undefined;
      this.#work.processors.add(record.spec.processorId);
    }
    for (const id of this.records.links.keys()) this.#work.links.add(id);
  }

  #recordProcessor(id: ProcessorId, nowMs: number, bringsBack: boolean): void {
    const { processors } = this.records;
    const known = processors.get(id);
    const spec = getProcessor(this.#graph, id);
    if (spec === undefined) {
      processors.delete(id);
      if (known !== undefined) this.#work.retiredProcessors.push(known);
    } else if (known === undefined) {
      processors.set(id, createProcessorRecord(spec, nowMs, bringsBack));
    } else {
      const isReplaced = known.spec.processorType !== spec.processorType;
      known.spec = spec;
      known.updatedMs = nowMs;
      if (isReplaced) for (const linkId of linkIdsOf(this.#graph, id)) this.#adoptPorts(linkId);
    }
    this.#work.processors.add(id);
  }

  /** `counters` are those of a link that comes. */
  #recordLink(id: LinkId, counters: LinkCounters | undefined, nowMs: number): void {
    const { links } = this.records;
    const known = links.get(id);
    const spec = getLink(this.#graph, id);
    // A link that was replaced stands between other ports: its id is all that it has in common with the old one.
    if (known !== undefined && (spec === undefined || counters !== undefined))
      this.#work.retiredLinks.push(known);
    if (spec === undefined) links.delete(id);
    else if (counters !== undefined) {
      links.set(id, {
        spec,
        applied: undefined,
        wiring: undefined,
        suspendedIn: undefined,
        frameType: '',
        portDelivery: 'every',
        counters,
        latency: undefined,
        reportedDrops: {},
        createdMs: nowMs,
        updatedMs: nowMs,
      });
      this.#adoptPorts(id);
    } else if (known !== undefined) {
      known.spec = spec;
      known.updatedMs = nowMs;
    }
    this.#work.links.add(id);
  }

  /** Takes over what the ports at a link's ends say of it. */
  #adoptPorts(id: LinkId): void {
    const record = this.records.links.get(id);
    if (record === undefined) return;
    const { from, to } = record.spec;
    record.frameType = this.#portOf(from.processorId, 'outputs', from.port)?.frameType ?? '';
    record.portDelivery = this.#portOf(to.processorId, 'inputs', to.port)?.delivery ?? 'every';
  }

  #portOf(id: ProcessorId, side: 'inputs' | 'outputs', port: string) {
    const spec = getProcessor(this.#graph, id);
    const type = spec && this.#registry.get(spec.processorType);
    return type?.[side].find(({ name }) => name === port);
  }
}
