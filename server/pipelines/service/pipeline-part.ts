import { isDeepStrictEqual } from 'node:util';
import {
  allLinks,
  allProcessors,
  type Graph,
  type LinkSpec,
  type ProcessorSpec,
} from '../../runtime/index.ts';
import { isReserved } from '../config/check-nodes.ts';
import {
  type PipelineConnectionSpec,
  type PipelineNodeSpec,
  type PipelineSpec,
  settingOf,
  supervisionOf,
} from '../config/pipeline-spec.ts';
import { type PipelineRecord, POOL_TYPE, poolIdOf, recordFromConfig } from './pipeline-record.ts';

/** One pipeline as the graph has it. */
export interface PipelinePart {
  readonly record: PipelineRecord;
  /** In order of their ids. */
  readonly processors: readonly ProcessorSpec[];
  readonly links: readonly LinkSpec[];
}

const OWNER_PREFIX = 'pipelines/';

/** Whose part a pipeline is. */
export const ownerOf = (pipelineId: string): string => `${OWNER_PREFIX}${pipelineId}`;

/** The pipeline that an owner is; undefined where it is none. */
export const pipelineIdOf = (owner: string): string | undefined =>
  owner.startsWith(OWNER_PREFIX) ? owner.slice(OWNER_PREFIX.length) : undefined;

/** Every pipeline of a graph, in order of their ids. What an owner has without a record is none. */
export function pipelinesIn(graph: Graph): Map<string, PipelinePart> {
  const processors = Map.groupBy(allProcessors(graph), ({ owner }) => pipelineIdOf(owner) ?? '');
  const links = Map.groupBy(allLinks(graph), ({ owner }) => pipelineIdOf(owner) ?? '');
  const parts = [...processors].flatMap(([id, own]): [string, PipelinePart][] => {
    const pool = own.find(
      ({ processorId, processorType }) => processorId === poolIdOf(id) && processorType === POOL_TYPE,
    );
    if (id === '' || pool === undefined) return [];
    return [[id, { record: recordFromConfig(id, pool.config), processors: own, links: links.get(id) ?? [] }]];
  });
  return new Map(parts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The config of a pipeline as it is now: what its record says, and what was edited since in the graph. What is in the
 * graph as the record would have it is shown as it was given.
 */
export function specOfPart({ record, processors, links }: PipelinePart): PipelineSpec {
  const { spec, pipelineId } = record;
  if (spec.settings.mode === 'pooled') return spec;
  const nameOf = (processorId: string): string => processorId.slice(pipelineId.length + 1);
  const given = new Map(spec.nodes.map((node, index) => [node.id, { node, index }]));
  const placeOf = (id: string): number => given.get(id)?.index ?? spec.nodes.length;
  const nodes = processors
    .filter(({ processorId }) => !isReserved(nameOf(processorId)))
    .map((processor) => {
      const id = nameOf(processor.processorId);
      return nodeOf(id, processor, given.get(id)?.node, spec);
    })
    .sort((a, b) => placeOf(a.id) - placeOf(b.id));
  const ends = new Set(nodes.map(({ id }) => id));
  const connections = links
    .filter(({ from, to }) => ends.has(nameOf(from.processorId)) && ends.has(nameOf(to.processorId)))
    .map((link) => connectionOf(nameOf(link.from.processorId), nameOf(link.to.processorId), link, spec))
    .sort((a, b) => a.place - b.place)
    .map(({ connection }) => connection);
  return { nodes, connections, settings: spec.settings };
}

function nodeOf(
  id: string,
  processor: ProcessorSpec,
  given: PipelineNodeSpec | undefined,
  { settings }: PipelineSpec,
): PipelineNodeSpec {
  const { processorType, config, displayName, placement, supervision } = processor;
  const isGivenType = given?.type === processorType || `Data${given?.type}` === processorType;
  const wasGiven = isSame(supervision, supervisionOf(given ?? {}, settings));
  const isDefault = placement.lane === 'auto' && placement.priority === 'normal';
  const policies = wasGiven ? given?.supervision : supervision;
  const place = isDefault ? given?.placement : placement;
  return {
    id,
    type: given !== undefined && isGivenType ? given.type : processorType,
    config,
    displayName,
    ...(policies && { supervision: policies }),
    ...(place && { placement: place }),
  };
}

function connectionOf(
  from: string,
  to: string,
  { from: output, to: input, delivery = 'lossless', capacityFrames }: LinkSpec,
  { connections, settings }: PipelineSpec,
): { connection: PipelineConnectionSpec; place: number } {
  const index = connections.findIndex(
    (given) =>
      given.from === from &&
      given.to === to &&
      (given.fromPort ?? output.port) === output.port &&
      (given.toPort ?? input.port) === input.port,
  );
  const given = connections[index];
  const capacity = given?.capacityFrames ?? settingOf(settings, 'channelCapacity');
  if (given !== undefined && (given.delivery ?? 'lossless') === delivery && capacity === capacityFrames)
    return { connection: given, place: index };
  const ports = { from, fromPort: output.port, to, toPort: input.port };
  const connection = { ...ports, delivery, ...(capacityFrames !== undefined && { capacityFrames }) };
  return { connection, place: given === undefined ? connections.length : index };
}

/** The same, whatever the order of keys is and whether what is absent is undefined. */
const isSame = (a: object, b: object): boolean =>
  isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
