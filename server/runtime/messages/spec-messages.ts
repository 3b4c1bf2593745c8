import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { LinkSpec as LinkSpecMessage } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import { LinkSpecSchema } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type { ProcessorSpec as ProcessorSpecMessage } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { ProcessorSpecSchema } from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import type { LinkSpec, ProcessorSpec } from '../graph/index.ts';
import type { JsonObject } from '../json.ts';
import { DELIVERIES, LANE_PRIORITIES, numberOf } from '../vocabulary.ts';
import { supervisionToMessage } from './supervision-message.ts';

/** A processor's spec with its config as it is to be shown. */
export const processorSpecMessage = (spec: ProcessorSpec, config: JsonObject): ProcessorSpecMessage =>
  create(ProcessorSpecSchema, processorSpecFields(spec, config));

/** What a message is made from, which may be a part of a larger one. */
export type Plain<Init> = Exclude<Init, { readonly $typeName: string }>;

/** What a processor's spec is in every message that has one. */
export function processorSpecFields(
  spec: ProcessorSpec,
  config: JsonObject,
): Plain<MessageInitShape<typeof ProcessorSpecSchema>> {
  const { lane, priority } = spec.placement;
  return {
    processorId: spec.processorId,
    processorType: spec.processorType,
    typeVersion: spec.typeVersion,
    displayName: spec.displayName,
    config,
    placement: { lane, priority: numberOf(LANE_PRIORITIES, priority) },
    supervision: supervisionToMessage(spec.supervision),
    paused: spec.paused,
    owner: spec.owner,
    labels: { ...spec.labels },
  };
}

/** A link's spec as revisions and exports show it. */
export const linkSpecMessage = (spec: LinkSpec): LinkSpecMessage =>
  create(LinkSpecSchema, linkSpecFields(spec));

/** What a link's spec is in every message that has one. */
export function linkSpecFields(spec: LinkSpec): Plain<MessageInitShape<typeof LinkSpecSchema>> {
  return {
    linkId: spec.linkId,
    fromProcessor: spec.from.processorId,
    fromPort: spec.from.port,
    toProcessor: spec.to.processorId,
    toPort: spec.to.port,
    delivery: numberOf(DELIVERIES, spec.delivery),
    capacityFrames: spec.capacityFrames ?? 0,
    owner: spec.owner,
    labels: { ...spec.labels },
  };
}
