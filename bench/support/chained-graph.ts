import {
  buildGraph,
  DEFAULT_PLACEMENT,
  type Graph,
  type LinkSpec,
  type ProcessorSpec,
} from '../../server/runtime/graph/index.ts';
import { inputPort, type LinkId, outputPort, type ProcessorId, USER } from '../../server/runtime/ids.ts';

/** How many processors stand in one chain. */
export const CHAIN_LENGTH = 10;

/** The processors of a graph are `node-0` to `node-<size - 1>`. */
export const nodeId = (number: number): ProcessorId => `node-${number}` as ProcessorId;

/** A Gain processor without any settings. */
export const gainSpec = (processorId: ProcessorId): ProcessorSpec => ({
  processorId,
  processorType: 'Gain',
  typeVersion: 0,
  displayName: '',
  config: {},
  placement: DEFAULT_PLACEMENT,
  supervision: {},
  paused: false,
  owner: USER,
  labels: {},
});

/** A link between two Gain processors. */
export const gainLink = (from: ProcessorId, to: ProcessorId): LinkSpec => ({
  linkId: `${from}-${to}` as LinkId,
  from: outputPort(from, 'audio_out'),
  to: inputPort(to, 'audio_in'),
  owner: USER,
  labels: {},
});

/** The processors and links of chains with `size` processors in all. */
export function chainedSpecs(size: number): { processors: ProcessorSpec[]; links: LinkSpec[] } {
  const processors = Array.from({ length: size }, (_, i) => gainSpec(nodeId(i)));
  const links = processors.flatMap((_, i) =>
    i % CHAIN_LENGTH === 0 ? [] : [gainLink(nodeId(i - 1), nodeId(i))],
  );
  return { processors, links };
}

/** The graph of these chains. */
export const chainedGraph = (size: number): Graph =>
  buildGraph({ revision: 1, ownerRevisions: [[USER, 1]], ...chainedSpecs(size) });
