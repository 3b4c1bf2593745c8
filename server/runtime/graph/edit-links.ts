import { StreamlibError } from '../errors.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { type ApplyContext, assertOwned, linkIn } from './apply-context.ts';
import type { GraphDraft } from './graph-draft.ts';
import type { UpdateLinkEdit } from './graph-edit.ts';
import { linkFault } from './link-fault.ts';
import { assertCapacityFrames, assertIdOfOwner, assertLabels } from './spec-limits.ts';
import type { LinkSpec } from './specs.ts';

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

/** CYCLE, naming it: `a -> b -> a`. */
export function cycleError(cycle: readonly ProcessorId[]): StreamlibError {
  const text = cycle.join(' -> ');
  return new StreamlibError('CYCLE', `to_processor must not lead back to from_processor, was ${text}`, {
    path: 'to_processor',
    details: { cycle: text },
  });
}
