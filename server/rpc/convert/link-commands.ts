import type { CreateLinkRequest, UpdateLinkRequest } from '../../../gen/ts/streamlib/v1/link_pb.ts';
import type { CommandInit } from '../../runtime/index.ts';

type Command<C extends CommandInit['case']> = Extract<CommandInit, { case: C }>;

/** Connects the ports that the request names. */
export function connectCommand(request: CreateLinkRequest): Command<'connect'> {
  const { fromProcessor, fromPort, toProcessor, toPort, linkId, delivery, capacityFrames, labels } = request;
  const link = { fromProcessor, fromPort, toProcessor, toPort, linkId, delivery, capacityFrames, labels };
  return { case: 'connect', value: { link } };
}

/** Changes what the request names. */
export function updateLinkCommand(request: UpdateLinkRequest): Command<'updateLink'> {
  const { linkId, delivery, capacityFrames, labels, updateMask } = request;
  return { case: 'updateLink', value: { linkId, delivery, capacityFrames, labels, updateMask } };
}
