import type { StoredRevision, StoredSnapshot } from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import {
  buildGraph,
  type Change,
  type Graph,
  getLink,
  getProcessor,
  type LinkSpec,
  type ProcessorSpec,
} from '../graph/index.ts';
import { type Owner, parseOwner } from '../ids.ts';
import { linkFromStored, processorFromStored, storedLink, storedProcessor } from './stored-specs.ts';

/** What a revision left different, as it is stored. `graph` is the one after it. */
export type StoredDelta = Pick<
  StoredRevision,
  'putProcessors' | 'removedProcessors' | 'putLinks' | 'removedLinks' | 'owners'
>;

/** What leads from the graph before a revision to the one after it. */
export function deltaOf(graph: Graph, changes: readonly Change[]): StoredDelta {
  const delta: StoredDelta = {
    putProcessors: [],
    removedProcessors: [],
    putLinks: [],
    removedLinks: [],
    owners: [],
  };
  for (const change of changes) {
    if ('linkId' in change) {
      const spec = getLink(graph, change.linkId);
      if (spec === undefined) delta.removedLinks.push(change.linkId);
      else delta.putLinks.push(storedLink(spec));
    } else {
      const spec = getProcessor(graph, change.processorId);
      if (spec === undefined) delta.removedProcessors.push(change.processorId);
      else delta.putProcessors.push(storedProcessor(spec));
    }
  }
  for (const [owner, revision] of graph.ownerRevisions.entries())
    if (revision === graph.revision) delta.owners.push(owner);
  return delta;
}

/** A graph that is put together again from what was stored of it. */
export class GraphReplay {
  #revision = 0;
  readonly #owners = new Map<Owner, number>();
  readonly #processors = new Map<string, ProcessorSpec>();
  readonly #links = new Map<string, LinkSpec>();

  /** The revision that was taken last. */
  get revision(): number {
    return this.#revision;
  }

  /** Begins with the graph of a snapshot. */
  takeSnapshot({ revision, ownerRevisions, processors, links }: StoredSnapshot): void {
    this.#revision = Number(revision);
    for (const [owner, last] of Object.entries(ownerRevisions))
      this.#owners.set(parseOwner(owner), Number(last));
    for (const message of processors) this.#processors.set(message.processorId, processorFromStored(message));
    for (const message of links) this.#links.set(message.linkId, linkFromStored(message));
  }

  /** Takes the next revision. */
  take({ revision, putProcessors, removedProcessors, putLinks, removedLinks, owners }: StoredRevision): void {
    this.#revision = Number(revision?.revision ?? 0n);
    for (const linkId of removedLinks) this.#links.delete(linkId);
    for (const processorId of removedProcessors) this.#processors.delete(processorId);
    for (const message of putProcessors)
      this.#processors.set(message.processorId, processorFromStored(message));
    for (const message of putLinks) this.#links.set(message.linkId, linkFromStored(message));
    for (const owner of owners) this.#owners.set(parseOwner(owner), this.#revision);
  }

  /** The graph as far as it was taken. Throws what `buildGraph` does. */
  graph(): Graph {
    return buildGraph({
      revision: this.#revision,
      ownerRevisions: this.#owners,
      processors: this.#processors.values(),
      links: this.#links.values(),
    });
  }
}
