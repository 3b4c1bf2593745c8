import { EventSchema, SubscribeResponseSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { serverSentEventsFormat, type Transcoder } from '../rest/index.ts';
import type { WindowEntry } from './event-window.ts';
import type { ItemForm, OnKept } from './subscription-item.ts';
import { textFrame, textFrames } from './text-frames.ts';

/** The forms of the doors that write lines of JSON. */
export interface LineForms {
  /** One line per event, `{"event": {…}}`. */
  readonly ndjson: ItemForm;
  /** The same as data of server-sent events, whose ids are cursors. */
  readonly serverSentEvents: ItemForm;
  /** The same as text messages of a WebSocket. */
  readonly webSocket: ItemForm;
}

/** Makes the forms, in the style in which `print` writes messages. */
export function createLineForms(print: Transcoder['print']): LineForms {
  const lineOf = (entry: WindowEntry, onKept: OnKept): string => {
    if (entry.line === undefined) {
      entry.line = `{"event":${print(EventSchema, entry.event)}}`;
      onKept(entry, entry.line.length);
    }
    return entry.line;
  };
  const form = (
    frameAll: (lines: readonly string[], entries: readonly WindowEntry[]) => Uint8Array,
    frame: (line: string, cursor: string) => Uint8Array,
  ): ItemForm => ({
    encodeEvents: (entries, onKept) =>
      frameAll(
        entries.map((entry) => lineOf(entry, onKept)),
        entries,
      ),
    encodeNotice: (response, cursor) => frame(print(SubscribeResponseSchema, response), cursor),
  });
  return {
    ndjson: form(
      (lines) => Buffer.from(`${lines.join('\n')}\n`),
      (line) => Buffer.from(`${line}\n`),
    ),
    serverSentEvents: form(
      (lines, entries) => {
        let text = '';
        for (const [index, line] of lines.entries()) {
          text += serverSentEventsFormat.frameMessage(line, (entries[index] as WindowEntry).event.cursor);
        }
        return Buffer.from(text);
      },
      (line, cursor) => Buffer.from(serverSentEventsFormat.frameMessage(line, cursor)),
    ),
    webSocket: form(textFrames, textFrame),
  };
}
