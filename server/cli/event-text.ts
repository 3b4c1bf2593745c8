import { timestampDate } from '@bufbuild/protobuf/wkt';
import { stringify } from 'yaml';
import { type Event, EventSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { messageJson } from './output.ts';

/** How events are printed: a line for people, a line of JSON, or a YAML document each. */
export type EventFormat = 'table' | 'json' | 'yaml';

const PAYLOAD_NAMES = new Map(EventSchema.oneofs[0]?.fields.map(({ localName, name }) => [localName, name]));

/** One event as text, without the line's end. */
export function formatEvent(event: Event, format: EventFormat): string {
  const json = messageJson(EventSchema, event);
  if (format === 'json') return JSON.stringify(json);
  if (format === 'yaml') return `---\n${stringify(json).trimEnd()}`;
  const time = event.time === undefined ? '-' : timestampDate(event.time).toISOString();
  const payload = json[PAYLOAD_NAMES.get(event.payload.case ?? '') ?? ''] ?? {};
  return [time, String(event.sequence).padStart(6), event.topic, event.type, JSON.stringify(payload)].join(
    '  ',
  );
}
