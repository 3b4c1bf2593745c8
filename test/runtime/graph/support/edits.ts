import {
  type Applied,
  apply,
  DEFAULT_PLACEMENT,
  emptyGraph,
  type Graph,
  type GraphEdit,
  type LinkSpec,
  type ProcessorSpec,
} from '../../../../server/runtime/graph/index.ts';
import {
  inputPort,
  type Owner,
  outputPort,
  parseLinkId,
  parseProcessorId,
  USER,
} from '../../../../server/runtime/ids.ts';
import { graphTypes } from './graph-types.ts';

/** A spec of which only id and type matter. */
export const processor = (
  id: string,
  processorType: string,
  more: Partial<ProcessorSpec> = {},
): ProcessorSpec => ({
  processorId: parseProcessorId(id),
  processorType,
  typeVersion: 0,
  displayName: '',
  config: {},
  placement: DEFAULT_PLACEMENT,
  supervision: {},
  paused: false,
  owner: USER,
  labels: {},
  ...more,
});

/** A spec of a link between `processor.port` and `processor.port`. */
export function link(id: string, from: string, to: string, more: Partial<LinkSpec> = {}): LinkSpec {
  const ends = [from, to].map((end) => {
    const dot = end.lastIndexOf('.');
    return [end.slice(0, dot), end.slice(dot + 1)] as const;
  });
  const [[fromId, fromPort], [toId, toPort]] = ends as [readonly [string, string], readonly [string, string]];
  return {
    linkId: parseLinkId(id),
    from: outputPort(fromId, fromPort),
    to: inputPort(toId, toPort),
    owner: USER,
    labels: {},
    ...more,
  };
}

export const add = (id: string, type: string, more?: Partial<ProcessorSpec>): GraphEdit => ({
  kind: 'add_processor',
  processor: processor(id, type, more),
});

export const connect = (id: string, from: string, to: string, more?: Partial<LinkSpec>): GraphEdit => ({
  kind: 'connect',
  link: link(id, from, to, more),
});

export const remove = (id: string): GraphEdit => ({
  kind: 'remove_processor',
  processorId: parseProcessorId(id),
});

export const disconnect = (id: string): GraphEdit => ({ kind: 'disconnect', linkId: parseLinkId(id) });

/** Applies edits of one owner to a graph of the test types. */
export const edit = (graph: Graph, edits: readonly GraphEdit[], owner: Owner = USER): Applied =>
  apply(graph, edits, { owner, types: graphTypes });

/** The graph that these edits make of the empty one. */
export const graphOf = (...edits: GraphEdit[]): Graph => edit(emptyGraph(), edits).graph;

/** The same without keys that are undefined. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** Everything that a graph holds, as plain data. */
export const contentOf = (graph: Graph) =>
  plain({
    revision: graph.revision,
    ownerRevisions: Object.fromEntries(graph.ownerRevisions.entries()),
    processors: [...graph.processors.values()],
    links: [...graph.links.values()],
  });
