import { StreamlibError } from '../errors.ts';
import type { LinkId, PortName, ProcessorId } from '../ids.ts';
import { type ApplyContext, assertOwned, linkIn, processorIn, typeIn } from './apply-context.ts';
import { portsConnect } from './frame-types.ts';
import { incomingEnds } from './graph.ts';
import type { GraphDraft } from './graph-draft.ts';
import type { UpdateLinkEdit } from './graph-edit.ts';
import { assertCapacityFrames, assertIdOfOwner, assertLabels } from './spec-limits.ts';
import type { LinkSpec } from './specs.ts';
import type { CatalogPort } from './type-catalog.ts';

/** Adds a link to the draft or throws what is wrong with it. */
export function connect(draft: GraphDraft, link: LinkSpec, context: ApplyContext): void {
  const { linkId } = link;
  if (draft.links.has(linkId)) {
    const message = `link_id must be new, was "${linkId}", which is taken`;
    throw new StreamlibError('ID_TAKEN', message, { path: 'link_id', details: { link_id: linkId } });
  }
  assertOwned(link, context);
  assertIdOfOwner(linkId, link.owner, 'link_id');
  assertCapacityFrames(link.capacityFrames);
  assertLabels(link.labels);
  const fault = linkFault(draft, link, context);
  if (fault !== undefined) throw fault;
  const cycle = draft.addLink(link);
  if (cycle !== undefined) throw cycleError(cycle);
}

/** Removes a link from the draft. */
export function disconnect(draft: GraphDraft, id: LinkId, context: ApplyContext): void {
  assertOwned(linkIn(draft, id), context);
  draft.removeLink(id);
}

/** Changes what the edit has. */
export function updateLink(draft: GraphDraft, edit: UpdateLinkEdit, context: ApplyContext): void {
  const link = linkIn(draft, edit.linkId);
  assertOwned(link, context);
  const { labels = link.labels } = edit;
  const delivery = changed(edit.delivery, link.delivery);
  const capacityFrames = changed(edit.capacityFrames, link.capacityFrames);
  assertCapacityFrames(capacityFrames);
  assertLabels(labels);
  draft.updateLink({ ...link, delivery, capacityFrames, labels });
}

function changed<T>(edited: T | 'default' | undefined, old: T | undefined): T | undefined {
  if (edited === undefined) return old;
  return edited === 'default' ? undefined : edited;
}

/** Why the two ports of a link cannot be joined: PORT_UNKNOWN, PORT_TYPE_MISMATCH, INPUT_TAKEN, …; or undefined. */
export function linkFault(
  draft: GraphDraft,
  link: LinkSpec,
  context: ApplyContext,
): StreamlibError | undefined {
  try {
    assertPortsJoin(draft, link, context);
    return undefined;
  } catch (error) {
    if (error instanceof StreamlibError) return error;
    throw error;
  }
}

function assertPortsJoin(draft: GraphDraft, { linkId, from, to }: LinkSpec, context: ApplyContext): void {
  const output = portOf(draft, from.processorId, from.port, 'from', context);
  const input = portOf(draft, to.processorId, to.port, 'to', context);
  if (!portsConnect(output.frameType, input.frameType)) {
    const message =
      `to_port "${to.port}" of "${to.processorId}" takes ${input.frameType}, ` +
      `but from_port "${from.port}" of "${from.processorId}" gives ${output.frameType}`;
    throw new StreamlibError('PORT_TYPE_MISMATCH', message, {
      path: 'to_port',
      details: { from_type: output.frameType, to_type: input.frameType },
    });
  }
  if (input.many) return;
  for (const end of incomingEnds(draft, to.processorId, to.port)) {
    if (end.linkId === linkId) continue;
    const message = `to_port "${to.port}" of "${to.processorId}" takes one link and has "${end.linkId}"`;
    throw new StreamlibError('INPUT_TAKEN', message, { path: 'to_port', details: { link_id: end.linkId } });
  }
}

function portOf(
  draft: GraphDraft,
  id: ProcessorId,
  name: PortName,
  side: 'from' | 'to',
  context: ApplyContext,
): CatalogPort {
  const processorPath = `${side}_processor`;
  const type = typeIn(context, processorIn(draft, id, processorPath).processorType, processorPath);
  const ports = side === 'from' ? type.outputs : type.inputs;
  const port = ports.find((candidate) => candidate.name === name);
  if (port !== undefined) return port;
  const word = side === 'from' ? 'output' : 'input';
  const names = ports.map((candidate) => candidate.name).join(', ');
  const existing = names === '' ? `it has no ${word}s` : `its ${word}s are ${names}`;
  throw new StreamlibError(
    'PORT_UNKNOWN',
    `${side}_port must be an ${word} of "${id}" (${type.name}), was "${name}"; ${existing}`,
    { path: `${side}_port`, details: { ports: names } },
  );
}

function cycleError(cycle: readonly ProcessorId[]): StreamlibError {
  const text = cycle.join(' -> ');
  return new StreamlibError('CYCLE', `to_processor must not lead back to from_processor, was ${text}`, {
    path: 'to_processor',
    details: { cycle: text },
  });
}
