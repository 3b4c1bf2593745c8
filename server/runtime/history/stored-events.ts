import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import {
  StoredCallSchema,
  type StoredEvents,
  StoredEventsSchema,
  StoredRevisionSchema,
} from '../../../gen/ts/streamlib/v1/journal_pb.ts';
import { formatCursor } from '../events/control-events.ts';
import type { JournalRecord } from '../journal/index.ts';
import { CALL_RECORD, EVENTS_RECORD, REVISION_RECORD } from './record-kinds.ts';

/** Events as a record has them. */
export const storedEvents = (
  streamId: string,
  afterSequence: number,
  events: readonly Event[],
): MessageInitShape<typeof StoredEventsSchema> => ({
  streamId,
  afterSequence: BigInt(afterSequence),
  events: events.map((event) => ({ ...event, cursor: '' })),
});

/** The events of a record; undefined of one that was written before there were any. */
export function eventsOfRecord({ kind, payload }: JournalRecord): StoredEvents | undefined {
  if (kind === REVISION_RECORD) return fromBinary(StoredRevisionSchema, payload).events;
  if (kind === CALL_RECORD) return fromBinary(StoredCallSchema, payload).events;
  return kind === EVENTS_RECORD ? fromBinary(StoredEventsSchema, payload) : undefined;
}

/** The events as they were published. */
export function publishedEvents({ streamId, events }: StoredEvents): Event[] {
  for (const event of events) event.cursor = formatCursor(streamId, Number(event.sequence));
  return events;
}

/** The last control event of the stream up to and including a record. */
export const lastSequenceOf = ({ afterSequence, events }: StoredEvents): number =>
  Number(events.at(-1)?.sequence ?? afterSequence);
