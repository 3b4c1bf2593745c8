import type { Records } from '../commit/records.ts';
import type { EventDraft, EventPayload } from '../events/event-log.ts';
import { linkTopic, processorTopic, RUNTIME_TOPIC } from '../events/topics.ts';
import { type Change, type Graph, getLink, getProcessor } from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { changeMessage } from '../messages/change-message.ts';
import type { EditContext } from './edit-context.ts';
import { linkCountersMessage } from './views.ts';

/**
 * What tells everybody what changed: the graph as a whole, then each part. `graph` is the one after the changes, which
 * need not be durable yet; `observed` still has what they remove.
 */
export function eventsOfChanges(
  graph: Graph,
  observed: Records,
  changes: readonly Change[],
  { owner, actor, traceId }: EditContext,
): EventDraft[] {
  const common = { traceId, revision: graph.revision };
  const value = { revision: BigInt(graph.revision), owner, actor, changes: changes.map(changeMessage) };
  const drafts: EventDraft[] = [
    { payload: { case: 'graphDidChange', value }, context: { topic: RUNTIME_TOPIC, ...common } },
  ];
  for (const change of changes) {
    const payload = 'linkId' in change ? linkEvent(graph, observed, change) : processorEvent(graph, change);
    const topic = 'linkId' in change ? linkTopic(change.linkId) : processorTopic(change.processorId);
    if (payload !== undefined) drafts.push({ payload, context: { topic, ...common } });
  }
  return drafts;
}

function processorEvent(
  graph: Graph,
  { kind, processorId, fields }: Extract<Change, { processorId: ProcessorId }>,
): EventPayload | undefined {
  const spec = getProcessor(graph, processorId);
  if (kind === 'deleted') return { case: 'processorRemoved', value: { processorId } };
  if (spec === undefined) return undefined;
  if (kind === 'created') {
    const { processorType, owner } = spec;
    return { case: 'processorAdded', value: { processorId, processorType, owner } };
  }
  return { case: 'processorConfigUpdated', value: { processorId, fields: [...(fields ?? [kind])] } };
}

function linkEvent(
  graph: Graph,
  observed: Records,
  { kind, linkId, fields }: Extract<Change, { linkId: LinkId }>,
): EventPayload | undefined {
  const spec = getLink(graph, linkId);
  if (kind === 'deleted') {
    // NB: one that came and goes before it was durable has carried nothing.
    const known = observed.links.get(linkId);
    return { case: 'linkRemoved', value: { linkId, counters: known && linkCountersMessage(known) } };
  }
  if (spec === undefined) return undefined;
  if (kind === 'created') {
    const { from, to } = spec;
    return {
      case: 'linkAdded',
      value: {
        linkId,
        fromProcessor: from.processorId,
        fromPort: from.port,
        toProcessor: to.processorId,
        toPort: to.port,
      },
    };
  }
  return { case: 'linkUpdated', value: { linkId, fields: [...(fields ?? [kind])] } };
}
