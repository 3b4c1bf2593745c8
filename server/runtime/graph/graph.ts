import type { LinkId, Owner, PortName, ProcessorId } from '../ids.ts';
import { createSortedMap, type SortedMap, valuesWithPrefix } from './sorted-map.ts';
import type { LinkSpec, ProcessorSpec } from './specs.ts';

/** One end of a link, as the processor at the other end sees it. */
export interface LinkEnd {
  readonly linkId: LinkId;
  /** The processor at the far end. */
  readonly processorId: ProcessorId;
}

/**
 * The desired state at one revision: a value that never changes. `apply` makes the next one, which shares with it
 * what the edits did not touch. Read it through the functions below.
 */
export interface Graph {
  /** Counted up by each accepted change; 0 is the empty graph. */
  readonly revision: number;
  /** The last revision that changed something of an owner. */
  readonly ownerRevisions: SortedMap<Owner, number>;
  readonly processors: SortedMap<ProcessorId, ProcessorSpec>;
  readonly links: SortedMap<LinkId, LinkSpec>;
  /** By `endKey` of their outputs. */
  readonly outgoing: SortedMap<string, LinkEnd>;
  /** By `endKey` of their inputs. */
  readonly incoming: SortedMap<string, LinkEnd>;
  /** A topological order: every link leads from a lower to a higher rank. */
  readonly ranks: SortedMap<ProcessorId, number>;
  /** Higher than every rank. */
  readonly nextRank: number;
}

/** The graph at revision 0. */
export const emptyGraph = (): Graph => ({
  revision: 0,
  ownerRevisions: createSortedMap(),
  processors: createSortedMap(),
  links: createSortedMap(),
  outgoing: createSortedMap(),
  incoming: createSortedMap(),
  ranks: createSortedMap(),
  nextRank: 0,
});

// A space is below every character of ids and port names, so that the links of a port, and of a processor, stand
// together in the order of the keys.
/** Where a link stands in an index of links by port. */
export const endKey = (processorId: ProcessorId, port: PortName, linkId: LinkId): string =>
  `${processorId} ${port} ${linkId}`;

/** What a graph's links are found by. */
type LinkIndexes = Pick<Graph, 'outgoing' | 'incoming'>;

/** The links that leave a processor, or only those that leave one of its ports. */
export const outgoingEnds = ({ outgoing }: Pick<LinkIndexes, 'outgoing'>, id: ProcessorId, port?: PortName) =>
  valuesWithPrefix(outgoing, port === undefined ? `${id} ` : `${id} ${port} `);

/** The links that end at a processor, or only those that end at one of its ports. */
export const incomingEnds = ({ incoming }: Pick<LinkIndexes, 'incoming'>, id: ProcessorId, port?: PortName) =>
  valuesWithPrefix(incoming, port === undefined ? `${id} ` : `${id} ${port} `);

/** The processor, or undefined. */
export const getProcessor = (graph: Graph, id: ProcessorId): ProcessorSpec | undefined =>
  graph.processors.get(id);

/** The link, or undefined. */
export const getLink = (graph: Graph, id: LinkId): LinkSpec | undefined => graph.links.get(id);

/** The ids of the links from or to a processor, each once. */
export function* linkIdsOf(graph: LinkIndexes, id: ProcessorId): Generator<LinkId> {
  for (const end of incomingEnds(graph, id)) yield end.linkId;
  for (const end of outgoingEnds(graph, id)) yield end.linkId;
}

/** The processors in order of their ids, those after `after` only. */
export const allProcessors = (graph: Graph, after?: ProcessorId): Generator<ProcessorSpec> =>
  valuesAfter(graph.processors, after);

/** The links in order of their ids, those after `after` only. */
export const allLinks = (graph: Graph, after?: LinkId): Generator<LinkSpec> =>
  valuesAfter(graph.links, after);

/** The processors such that every link leads from an earlier to a later one. */
export const processorsInLinkOrder = (graph: Graph): ProcessorSpec[] =>
  inLinkOrder(graph, graph.processors.keys()).flatMap((id) => graph.processors.get(id) ?? []);

/** The ids such that every link leads from an earlier to a later one; what it costs depends on how many they are. */
export function inLinkOrder(graph: Graph, ids: Iterable<ProcessorId>): ProcessorId[] {
  const ranked = [...ids].map((id) => ({ id, rank: graph.ranks.get(id) ?? -1 }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ id }) => id);
}

/** The last revision that changed something of the owner; 0 if there is none. */
export const ownerRevision = (graph: Graph, owner: Owner): number => graph.ownerRevisions.get(owner) ?? 0;

function* valuesAfter<Key extends string, Value>(map: SortedMap<Key, Value>, after?: Key): Generator<Value> {
  for (const [key, value] of map.entries(after)) if (key !== after) yield value;
}
