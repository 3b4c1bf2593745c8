import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type Event, EventSchema } from '../../gen/ts/streamlib/v1/event_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { messageJson } from './output.ts';
import { yamlText } from './yaml-text.ts';

/** How events are printed: a line for people, a line of JSON, or a YAML document each. */
export type EventFormat = 'table' | 'json' | 'yaml';

const PAYLOAD_NAMES = new Map(EventSchema.oneofs[0]?.fields.map(({ localName, name }) => [localName, name]));

/** One event as text, without the line's end. */
export function formatEvent(event: Event, format: EventFormat): string {
  const json = messageJson(EventSchema, event);
  if (format !== 'table') return structured(json, format);
  const time = event.time === undefined ? '-' : timestampDate(event.time).toISOString();
  const payload = json[PAYLOAD_NAMES.get(event.payload.case ?? '') ?? ''] ?? {};
  return [time, String(event.sequence).padStart(6), event.topic, event.type, JSON.stringify(payload)].join(
    '  ',
  );
}

/** What a subscription tells beside events, under its name. */
export const formatPart = (name: string, value: JsonObject, format: EventFormat): string =>
  format === 'table' ? `${name}  ${JSON.stringify(value)}` : structured({ [name]: value }, format);

const structured = (json: JsonObject, format: 'json' | 'yaml'): string =>
  format === 'json' ? JSON.stringify(json) : `---\n${yamlText(json).trimEnd()}`;
