import type { MessageInitShape } from '@bufbuild/protobuf';
import type { EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { LinkRecord } from '../commit/records.ts';
import type { EventLog } from '../events/event-log.ts';
import { linkTopic, processorTopic, RUNTIME_TOPIC } from '../events/topics.ts';
import { type Change, type Graph, getLink, getProcessor } from '../graph/index.ts';
import type { LinkId, ProcessorId } from '../ids.ts';
import { changeMessage } from '../messages/change-message.ts';
import type { EditContext } from './edit-context.ts';
import { linkCountersMessage } from './views.ts';

type Payload = NonNullable<MessageInitShape<typeof EventSchema>['payload']> & { case: string };

/** A graph that changes led to. */
export interface PublishedGraph {
  readonly graph: Graph;
  /** What was observed of a link that went. */
  lastOf(id: LinkId): LinkRecord | undefined;
}

/** Tells everybody what changed: the graph as a whole, then each part. */
export function publishChanges(
  events: EventLog,
  published: PublishedGraph,
  changes: readonly Change[],
  { owner, actor, traceId }: EditContext,
): void {
  const { graph } = published;
  const revision = BigInt(graph.revision);
  events.emit(
    { case: 'graphDidChange', value: { revision, owner, actor, changes: changes.map(changeMessage) } },
    { topic: RUNTIME_TOPIC, traceId },
  );
  for (const change of changes) {
    const payload = 'linkId' in change ? linkEvent(published, change) : processorEvent(graph, change);
    const topic = 'linkId' in change ? linkTopic(change.linkId) : processorTopic(change.processorId);
    if (payload !== undefined) events.emit(payload, { topic, traceId });
  }
}

function processorEvent(
  graph: Graph,
  { kind, processorId, fields }: Extract<Change, { processorId: ProcessorId }>,
): Payload | undefined {
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
  published: PublishedGraph,
  { kind, linkId, fields }: Extract<Change, { linkId: LinkId }>,
): Payload | undefined {
  const spec = getLink(published.graph, linkId);
  if (kind === 'deleted') {
    const retired = published.lastOf(linkId);
    return { case: 'linkRemoved', value: { linkId, counters: retired && linkCountersMessage(retired) } };
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
