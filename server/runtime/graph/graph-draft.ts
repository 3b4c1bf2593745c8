import type { LinkId, Owner, ProcessorId } from '../ids.ts';
import { endKey, type Graph, type LinkEnd, linkIdsOf } from './graph.ts';
import type { Change } from './graph-edit.ts';
import { copyOf, type MutableSortedMap } from './sorted-map.ts';
import { linkDifference, processorDifference } from './spec-differences.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';
import { orderLink } from './topological-order.ts';

/**
 * The next graph while it is being made: the only place that changes maps, all of them copies. It keeps indexes and
 * ranks in step with the parts and knows nothing of types, owners or what is allowed.
 */
export class GraphDraft {
  readonly base: Graph;
  readonly processors: MutableSortedMap<ProcessorId, ProcessorSpec>;
  readonly links: MutableSortedMap<LinkId, LinkSpec>;
  readonly outgoing: MutableSortedMap<string, LinkEnd>;
  readonly incoming: MutableSortedMap<string, LinkEnd>;
  readonly ranks: MutableSortedMap<ProcessorId, number>;
  readonly #touchedProcessors = new Set<ProcessorId>();
  readonly #touchedLinks = new Set<LinkId>();
  #nextRank: number;

  constructor(base: Graph) {
    this.base = base;
    this.processors = copyOf(base.processors);
    this.links = copyOf(base.links);
    this.outgoing = copyOf(base.outgoing);
    this.incoming = copyOf(base.incoming);
    this.ranks = copyOf(base.ranks);
    this.#nextRank = base.nextRank;
  }

  /** Adds a processor, or puts another spec in the place of one with the same id. */
  putProcessor(spec: ProcessorSpec): void {
    const id = spec.processorId;
    if (!this.processors.has(id)) this.ranks.set(id, this.#nextRank++);
    this.processors.set(id, spec);
    this.#touchedProcessors.add(id);
  }

  /** Removes a processor and its links. */
  removeProcessor(id: ProcessorId): void {
    for (const linkId of [...linkIdsOf(this, id)]) this.removeLink(linkId);
    this.processors.delete(id);
    this.ranks.delete(id);
    this.#touchedProcessors.add(id);
  }

  /** Adds a link between processors that exist; or answers the cycle that it would close and adds nothing. */
  addLink(spec: LinkSpec): ProcessorId[] | undefined {
    const { linkId, from, to } = spec;
    const path = orderLink(this, from.processorId, to.processorId);
    if (path !== undefined) return [from.processorId, ...path];
    this.links.set(linkId, spec);
    this.outgoing.set(endKey(from.processorId, from.port, linkId), { linkId, processorId: to.processorId });
    this.incoming.set(endKey(to.processorId, to.port, linkId), { linkId, processorId: from.processorId });
    this.#touchedLinks.add(linkId);
    return undefined;
  }

  /** Puts another spec with the same ends in a link's place. */
  updateLink(spec: LinkSpec): void {
    this.links.set(spec.linkId, spec);
    this.#touchedLinks.add(spec.linkId);
  }

  removeLink(id: LinkId): void {
    const spec = this.links.get(id);
    if (spec === undefined) return;
    this.links.delete(id);
    this.outgoing.delete(endKey(spec.from.processorId, spec.from.port, id));
    this.incoming.delete(endKey(spec.to.processorId, spec.to.port, id));
    this.#touchedLinks.add(id);
  }

  /** The graph one revision on with the net changes, or the base itself if there are none. */
  finish(): { graph: Graph; changes: Change[] } {
    const changes = this.#netChanges();
    if (changes.length === 0) return { graph: this.base, changes };
    const revision = this.base.revision + 1;
    const ownerRevisions = copyOf(this.base.ownerRevisions);
    for (const change of changes) {
      for (const owner of this.#ownersOf(change)) ownerRevisions.set(owner, revision);
    }
    const { processors, links, outgoing, incoming, ranks } = this;
    const nextRank = this.#nextRank;
    const graph = { revision, ownerRevisions, processors, links, outgoing, incoming, ranks, nextRank };
    return { graph, changes };
  }

  /** What goes before what comes, links before processors where they go and after them where they come. */
  #netChanges(): Change[] {
    const processors: Change[] = [];
    for (const id of this.#touchedProcessors) {
      const before = this.base.processors.get(id);
      const change = processorDifference(before, this.processors.get(id));
      if (change !== undefined) processors.push(change);
      // Whoever compares objects shall see that nothing changed.
      else if (before !== undefined) this.processors.set(id, before);
    }
    const links: Change[] = [];
    for (const id of this.#touchedLinks) {
      const before = this.base.links.get(id);
      const change = linkDifference(before, this.links.get(id));
      if (change !== undefined) links.push(change);
      else if (before !== undefined) this.links.set(id, before);
    }
    const goes = ({ kind }: Change): boolean => kind === 'deleted';
    const stays = (change: Change): boolean => !goes(change);
    return [
      ...links.filter(goes),
      ...processors.filter(goes),
      ...processors.filter(stays),
      ...links.filter(stays),
    ];
  }

  #ownersOf(change: Change): Set<Owner> {
    const parts =
      'linkId' in change
        ? [this.base.links.get(change.linkId), this.links.get(change.linkId)]
        : [this.base.processors.get(change.processorId), this.processors.get(change.processorId)];
    return new Set(parts.flatMap((part) => part?.owner ?? []));
  }
}
