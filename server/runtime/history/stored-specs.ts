import { create } from '@bufbuild/protobuf';
import type { LinkSpec as LinkSpecMessage } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { LinkSpecSchema } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type { ProcessorSpec as ProcessorSpecMessage } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { ProcessorSpecSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type { LinkSpec, ProcessorSpec } from '../graph/index.ts';
import { inputPort, outputPort, parseLinkId, parseOwner, parseProcessorId } from '../ids.ts';
import { linkSpecFields, processorSpecFields } from '../messages/spec-messages.ts';
import { supervisionFromMessage } from '../messages/supervision-message.ts';
import { DELIVERIES, LANE_PRIORITIES, wordOf } from '../vocabulary.ts';

/** A processor's spec as it is stored: with its secrets, which reads mask. */
export const storedProcessor = (spec: ProcessorSpec): ProcessorSpecMessage =>
  create(ProcessorSpecSchema, processorSpecFields(spec, spec.config));

/** A link's spec as it is stored. */
export const storedLink = (spec: LinkSpec): LinkSpecMessage => create(LinkSpecSchema, linkSpecFields(spec));

/** The spec as it was stored, whatever its type says today. */
export function processorFromStored(message: ProcessorSpecMessage): ProcessorSpec {
  const { processorType, typeVersion, displayName, config = {}, placement, paused, labels } = message;
  return {
    processorId: parseProcessorId(message.processorId),
    processorType,
    typeVersion,
    displayName,
    config,
    placement: {
      lane: placement?.lane ?? 'auto',
      priority: wordOf(LANE_PRIORITIES, placement?.priority) ?? 'normal',
    },
    supervision: supervisionFromMessage(message.supervision),
    paused,
    owner: parseOwner(message.owner),
    labels,
  };
}

/** The spec as it was stored. */
export function linkFromStored(message: LinkSpecMessage): LinkSpec {
  return {
    linkId: parseLinkId(message.linkId),
    from: outputPort(message.fromProcessor, message.fromPort),
    to: inputPort(message.toProcessor, message.toPort),
    delivery: wordOf(DELIVERIES, message.delivery),
    capacityFrames: message.capacityFrames || undefined,
    owner: parseOwner(message.owner),
    labels: message.labels,
  };
}
