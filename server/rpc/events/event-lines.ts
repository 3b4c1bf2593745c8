import { EventSchema, SubscribeResponseSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { Transcoder } from '../rest/index.ts';
import type { WindowEntry } from './event-window.ts';
import type { SubscriptionItem } from './subscription.ts';

/** One line of NDJSON without its line feed, which is also one WebSocket message and the data of one SSE event. */
export interface EventLine {
  readonly text: string;
  /** Where a reader that has this line may resume. */
  readonly cursor: string;
}

/** Writes messages in the style of the REST doors. */
export type PrintMessage = Transcoder['print'];

/** An item as lines: `{"event": {…}}` for each event, whose text is made once for all subscribers. */
export function* toLines(item: SubscriptionItem, print: PrintMessage): Generator<EventLine> {
  if (item.kind === 'notice') {
    yield { text: print(SubscribeResponseSchema, item.response), cursor: item.cursor };
    return;
  }
  for (const entry of item.entries) yield { text: lineOf(entry, print), cursor: entry.event.cursor };
}

function lineOf(entry: WindowEntry, print: PrintMessage): string {
  entry.line ??= `{"event":${print(EventSchema, entry.event)}}`;
  return entry.line;
}
