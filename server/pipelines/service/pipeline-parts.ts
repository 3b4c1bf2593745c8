import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GraphSchema } from '../../../gen/ts/streamlib/v1/graph_pb.ts';
import { supervisionToMessage, vocabulary } from '../../runtime/index.ts';
import type { CompiledPipeline } from '../config/compiled-pipeline.ts';
import { type PipelineRecord, POOL_TYPE, poolIdOf, recordToConfig } from './pipeline-record.ts';

const { DELIVERIES, LANE_PRIORITIES, numberOf } = vocabulary;

/** The lane that the pools of all pipelines share, so that a node that takes long holds up nothing but pools. */
const POOLS_LANE = 'pools';

/** What the type of an open output's end is: it drops what nobody watches. */
const OUTPUT_TYPE = 'NullSink';

/** The part of the graph that a pipeline is; only its pool where it has no continuous instance. */
export function partsOf(
  record: PipelineRecord,
  pipeline: CompiledPipeline,
): Exclude<MessageInitShape<typeof GraphSchema>, { readonly $typeName: string }> {
  const { pipelineId, key, spec } = record;
  const pool = {
    processorId: poolIdOf(pipelineId),
    processorType: POOL_TYPE,
    config: recordToConfig(record),
    placement: { lane: POOLS_LANE },
  };
  if (spec.settings.mode === 'pooled') return { processors: [pool], links: [] };

  const idOf = (name: string): string => `${pipelineId}.${name}`;
  const specs = new Map(spec.nodes.map((node) => [node.id, node]));
  const outputs = pipeline.exits.filter(({ nodeId, port }) => !isInput(pipeline, nodeId, port));
  return {
    processors: [
      ...pipeline.nodes.map((node) => {
        const { placement, displayName = '' } = specs.get(node.id) ?? {};
        return {
          processorId: idOf(node.id),
          processorType: node.type,
          typeVersion: node.typeVersion,
          config: node.config,
          displayName,
          supervision: supervisionToMessage(node.supervision),
          placement: placement && {
            lane: placement.lane,
            priority: numberOf(LANE_PRIORITIES, placement.priority),
          },
        };
      }),
      ...pipeline.entries.map(({ nodeId }) => ({
        processorId: idOf(`in--${nodeId}`),
        processorType: 'PipelineInput',
        config: { key, node_id: nodeId },
      })),
      ...[...new Set(outputs.map(({ nodeId }) => nodeId))].map((nodeId) => ({
        processorId: idOf(`out--${nodeId}`),
        processorType: OUTPUT_TYPE,
      })),
      pool,
    ],
    links: numbered(idOf, [
      ...pipeline.connections.map(({ from, fromPort, to, toPort, delivery, capacityFrames }) => ({
        fromProcessor: idOf(from),
        fromPort,
        toProcessor: idOf(to),
        toPort,
        delivery: numberOf(DELIVERIES, delivery),
        capacityFrames,
      })),
      ...pipeline.entries.map(({ nodeId, port }) => ({
        fromProcessor: idOf(`in--${nodeId}`),
        fromPort: 'data',
        toProcessor: idOf(nodeId),
        toPort: port,
        delivery: numberOf(DELIVERIES, 'lossless'),
        capacityFrames: pipeline.channelCapacity,
      })),
      ...outputs.map(({ nodeId, port }) => ({
        fromProcessor: idOf(nodeId),
        fromPort: port,
        toProcessor: idOf(`out--${nodeId}`),
        toPort: 'data',
        delivery: numberOf(DELIVERIES, 'lossless'),
        capacityFrames: pipeline.channelCapacity,
      })),
    ]),
  };
}

/** Links have no names in a config; their numbers make the ids the same each time. */
const numbered = <Link extends object>(idOf: (name: string) => string, links: readonly Link[]) =>
  links.map((link, i) => ({ linkId: idOf(`link-${i + 1}`), ...link }));

/** Whether an exit is where a sink reads, and not where an output is open. */
const isInput = ({ connections }: CompiledPipeline, nodeId: string, port: string): boolean =>
  connections.some(({ to, toPort }) => to === nodeId && toPort === port);
