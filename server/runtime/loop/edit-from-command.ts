import type { FieldMask } from '@bufbuild/protobuf/wkt';
import type { RuntimeCommand } from '../../../gen/ts/streamlib/v1/command_pb.ts';
import type { LinkSpec as LinkSpecMessage } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type {
  Placement,
  ProcessorSpec as ProcessorSpecMessage,
} from '../../../gen/ts/streamlib/v1/processor_pb.ts';
import { StreamlibError } from '../errors.ts';
import type { GraphEdit, LinkSpec, PlacementSpec, ProcessorSpec } from '../graph/index.ts';
import {
  inputPort,
  makeLinkId,
  makeProcessorId,
  mayEdit,
  type Owner,
  outputPort,
  parseLaneId,
  parseLinkId,
  parseOwner,
  parseProcessorId,
} from '../ids.ts';
import { supervisionFromMessage } from '../messages/supervision-message.ts';
import { DELIVERIES, LANE_PRIORITIES, wordOf } from '../vocabulary.ts';

type Command = RuntimeCommand['command'];
/** The commands that are graph edits. */
export type EditCommand = Extract<
  Command,
  {
    case:
      | 'addProcessor'
      | 'removeProcessor'
      | 'updateProcessor'
      | 'replaceProcessor'
      | 'pauseProcessor'
      | 'resumeProcessor'
      | 'connect'
      | 'disconnect'
      | 'updateLink';
  }
>;

/**
 * A command as the graph takes it: ids parsed, words instead of numbers, missing ids drawn, so that a replay and a
 * dry run of the same edit agree. Throws what is wrong with it, naming field and value.
 */
export function editFromCommand(command: EditCommand, owner: Owner): GraphEdit {
  switch (command.case) {
    case 'addProcessor':
      return { kind: 'add_processor', processor: addedProcessor(command.value.processor, owner) };
    case 'removeProcessor':
      return { kind: 'remove_processor', processorId: parseProcessorId(command.value.processorId) };
    case 'updateProcessor': {
      const { processorId, placement, supervision, displayName, config, replaceConfig, labels } =
        command.value;
      const mask = maskOf(command.value.updateMask, UPDATABLE_PROCESSOR_FIELDS);
      return {
        kind: 'update_processor',
        processorId: parseProcessorId(processorId),
        displayName: displayName ?? (mask.has('display_name') ? '' : undefined),
        config: config ?? (mask.has('config') ? {} : undefined),
        replaceConfig: replaceConfig || (config === undefined && mask.has('config')),
        placement: placement || mask.has('placement') ? placementSpec(placement) : undefined,
        supervision: supervision || mask.has('supervision') ? supervisionFromMessage(supervision) : undefined,
        labels: mask.has('labels') || Object.keys(labels).length > 0 ? labels : undefined,
      };
    }
    case 'replaceProcessor': {
      const { processorId, processorType, typeVersion, config } = command.value;
      return {
        kind: 'replace_processor',
        processorId: parseProcessorId(processorId),
        processorType,
        typeVersion,
        config,
      };
    }
    case 'pauseProcessor':
      return { kind: 'pause_processor', processorId: parseProcessorId(command.value.processorId) };
    case 'resumeProcessor':
      return { kind: 'resume_processor', processorId: parseProcessorId(command.value.processorId) };
    case 'connect':
      return { kind: 'connect', link: linkSpec(command.value.link, owner) };
    case 'disconnect':
      return { kind: 'disconnect', linkId: parseLinkId(command.value.linkId) };
    case 'updateLink': {
      const { linkId, delivery, capacityFrames, labels } = command.value;
      const mask = maskOf(command.value.updateMask, UPDATABLE_LINK_FIELDS);
      return {
        kind: 'update_link',
        linkId: parseLinkId(linkId),
        // 'default' takes the profile of the input port, and the default capacity, again.
        delivery:
          delivery === undefined
            ? mask.has('delivery')
              ? 'default'
              : undefined
            : (wordOf(DELIVERIES, delivery) ?? 'default'),
        capacityFrames:
          capacityFrames === undefined
            ? mask.has('capacity_frames')
              ? 'default'
              : undefined
            : capacityFrames || 'default',
        labels: mask.has('labels') || Object.keys(labels).length > 0 ? labels : undefined,
      };
    }
  }
}

const UPDATABLE_PROCESSOR_FIELDS = ['display_name', 'config', 'placement', 'supervision', 'labels'];
const UPDATABLE_LINK_FIELDS = ['delivery', 'capacity_frames', 'labels'];

function maskOf(mask: FieldMask | undefined, allowed: readonly string[]): ReadonlySet<string> {
  const paths = (mask?.paths ?? []).map((path) =>
    path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  for (const path of paths) {
    if (allowed.includes(path)) continue;
    const message = `update_mask may name ${allowed.join(', ')}, was ${JSON.stringify(path)}`;
    throw new StreamlibError('FIELD_INVALID', message, { path: 'update_mask' });
  }
  return new Set(paths);
}

/** It belongs to whoever adds it, or to whom that one may add it for. */
function addedProcessor(message: ProcessorSpecMessage | undefined, owner: Owner): ProcessorSpec {
  const wanted = message === undefined || message.owner === '' ? owner : parseOwner(message.owner);
  return processorSpec(message, mayEdit(owner, wanted) ? wanted : owner);
}

/** A processor as the graph takes it, its id drawn where it has none. Throws what is wrong with it. */
export function processorSpec(message: ProcessorSpecMessage | undefined, owner: Owner): ProcessorSpec {
  if (message === undefined || message.processorType === '') {
    throw new StreamlibError('FIELD_INVALID', 'processor_type is required, was ""', {
      path: 'processor_type',
    });
  }
  const { processorType, processorId } = message;
  return {
    processorId: processorId === '' ? makeProcessorId(processorType) : parseProcessorId(processorId),
    processorType,
    typeVersion: message.typeVersion,
    displayName: message.displayName,
    config: message.config ?? {},
    placement: placementSpec(message.placement),
    supervision: supervisionFromMessage(message.supervision),
    paused: message.paused,
    owner,
    labels: message.labels,
  };
}

function placementSpec(placement: Placement | undefined): PlacementSpec {
  const lane = placement?.lane || 'auto';
  parseLaneId(lane);
  return { lane, priority: wordOf(LANE_PRIORITIES, placement?.priority) ?? 'normal' };
}

/** A link as the graph takes it, its id drawn where it has none. Throws what is wrong with it. */
export function linkSpec(message: LinkSpecMessage | undefined, owner: Owner): LinkSpec {
  for (const [field, value] of [
    ['from_processor', message?.fromProcessor],
    ['from_port', message?.fromPort],
    ['to_processor', message?.toProcessor],
    ['to_port', message?.toPort],
  ] as const) {
    if (!value) throw new StreamlibError('FIELD_INVALID', `${field} is required, was ""`, { path: field });
  }
  const link = message as LinkSpecMessage;
  return {
    linkId: link.linkId === '' ? makeLinkId() : parseLinkId(link.linkId),
    from: outputPort(link.fromProcessor, link.fromPort),
    to: inputPort(link.toProcessor, link.toPort),
    delivery: wordOf(DELIVERIES, link.delivery),
    capacityFrames: link.capacityFrames || undefined,
    owner,
    labels: link.labels,
  };
}
