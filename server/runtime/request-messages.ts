import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  GraphEditSchema,
  UpdateLinkSchema,
  UpdateProcessorSchema,
} from '../../gen/ts/streamlib/v1/graph_pb.ts';
import type { LinkSpecSchema } from '../../gen/ts/streamlib/v1/link_pb.ts';
import type { ProcessorSpecSchema } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import type { GraphTargetSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { InputPortRef, OutputPortRef } from './ids.ts';
import type {
  GraphCommand,
  LinkChange,
  LinkRequest,
  ProcessorChange,
  ProcessorRequest,
  SupervisionRequest,
  TargetRequest,
} from './operations.ts';
import { DELIVERIES, ERROR_POLICIES, LANE_PRIORITIES, numberOf, RESTART_STRATEGIES } from './vocabulary.ts';

/** A processor to add as the schema has it. */
export function processorMessageOf(request: ProcessorRequest): MessageInitShape<typeof ProcessorSpecSchema> {
  const { type, typeVersion, id, placement, supervision, labels, config, displayName, paused } = request;
  return {
    processorType: type,
    typeVersion,
    processorId: id,
    config,
    displayName,
    paused,
    labels: { ...labels },
    placement: placement && placementMessageOf(placement),
    supervision: supervision && supervisionMessageOf(supervision),
  };
}

const placementMessageOf = ({ lane, priority }: NonNullable<ProcessorRequest['placement']>) => ({
  lane,
  priority: numberOf(LANE_PRIORITIES, priority),
});

function supervisionMessageOf(request: SupervisionRequest) {
  const { errorPolicy, defaultFrame, restart, watchdogMs, maxDeadLetters } = request;
  return {
    errorPolicy: numberOf(ERROR_POLICIES, errorPolicy),
    defaultFrame,
    restart: restart && { ...restart, strategy: numberOf(RESTART_STRATEGIES, restart.strategy) },
    watchdogMs,
    maxDeadLetters,
  };
}

/** What of a processor to change as the schema has it. */
export function processorChangeMessageOf(
  processorId: string,
  { config, replaceConfig, displayName, placement, supervision, labels }: ProcessorChange,
): MessageInitShape<typeof UpdateProcessorSchema> {
  return {
    processorId,
    config,
    replaceConfig,
    displayName,
    placement: placement && placementMessageOf(placement),
    supervision: supervision && supervisionMessageOf(supervision),
    labels: { ...labels },
    updateMask: labels && { paths: ['labels'] },
  };
}

/** A link to make as the schema has it. */
export function linkMessageOf(
  from: OutputPortRef,
  to: InputPortRef,
  { id, delivery, capacityFrames, labels }: LinkRequest,
): MessageInitShape<typeof LinkSpecSchema> {
  return {
    linkId: id,
    fromProcessor: from.processorId,
    fromPort: from.port,
    toProcessor: to.processorId,
    toPort: to.port,
    delivery: numberOf(DELIVERIES, delivery),
    capacityFrames,
    labels: { ...labels },
  };
}

/** What of a link to change as the schema has it. */
export function linkChangeMessageOf(
  linkId: string,
  { delivery, capacityFrames }: LinkChange,
): MessageInitShape<typeof UpdateLinkSchema> {
  return { linkId, delivery: delivery && numberOf(DELIVERIES, delivery), capacityFrames };
}

/** One of many edits as the schema has it. */
export function editMessageOf(command: GraphCommand): MessageInitShape<typeof GraphEditSchema> {
  switch (command.kind) {
    case 'add_processor': {
      const value = { processor: processorMessageOf(command) };
      return { edit: { case: 'addProcessor', value } };
    }
    case 'remove_processor':
      return { edit: { case: 'removeProcessor', value: { processorId: command.id } } };
    case 'update_processor':
      return { edit: { case: 'updateProcessor', value: processorChangeMessageOf(command.id, command) } };
    case 'replace_processor': {
      const value = { processorId: command.id, processorType: command.type, config: command.config };
      return { edit: { case: 'replaceProcessor', value } };
    }
    case 'pause_processor':
      return { edit: { case: 'pauseProcessor', value: { processorId: command.id } } };
    case 'resume_processor':
      return { edit: { case: 'resumeProcessor', value: { processorId: command.id } } };
    case 'connect': {
      const value = { link: linkMessageOf(command.from, command.to, command) };
      return { edit: { case: 'connect', value } };
    }
    case 'disconnect':
      return { edit: { case: 'disconnect', value: { linkId: command.id } } };
    case 'update_link':
      return { edit: { case: 'updateLink', value: linkChangeMessageOf(command.id, command) } };
  }
}

/** One owner's part of the graph as it shall be, as the schema has it. */
export function targetMessageOf(target: TargetRequest): MessageInitShape<typeof GraphTargetSchema> {
  const { owner, processors, links, keepOthers } = target;
  return {
    owner,
    keepOthers,
    graph: {
      processors: processors.map(processorMessageOf),
      links: links.map((link) => linkMessageOf(link.from, link.to, link)),
    },
  };
}
