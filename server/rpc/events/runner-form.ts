import type { Message } from '@bufbuild/protobuf';
import {
  type Event,
  EventSchema,
  GapSchema,
  type SubscribeResponse,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { StateTransition } from '../../../gen/ts/streamlib/v1/runner_pb.ts';
import type { Transcoder } from '../rest/index.ts';
import type { ItemForm } from './subscription-item.ts';
import { textFrame, textFrames } from './text-frames.ts';

const NOTHING = new Uint8Array();

/**
 * Runner events as text messages of a WebSocket, each under its name and nothing around it: `{"TickReceived": {…}}`. Of
 * all else that a subscriber is told it writes only a gap, `{"Gap": {…}}`, since events are never lost silently.
 */
export function createRunnerForm(print: Transcoder['print']): ItemForm {
  return {
    encodeEvents: (entries, onKept) =>
      textFrames(
        entries.map((entry) => {
          if (entry.taggedLine === undefined) {
            entry.taggedLine = taggedLine(entry.event, print);
            onKept(entry, entry.taggedLine.length);
          }
          return entry.taggedLine;
        }),
      ),
    encodeNotice({ message }: SubscribeResponse) {
      return message.case === 'gap' ? textFrame(`{"Gap":${print(GapSchema, message.value)}}`) : NOTHING;
    },
  };
}

function taggedLine({ type, payload }: Event, print: Transcoder['print']): string {
  if (payload.case === 'stateTransition') return `{"StateTransition":${stateTransition(payload.value)}}`;
  const schema = payload.case && EventSchema.field[payload.case].message;
  const name = payload.case === 'runnerError' ? 'Error' : type;
  return `{${JSON.stringify(name)}:${schema === undefined ? '{}' : print(schema, payload.value as Message)}}`;
}

/** The clients of `/ws` know the states by names that the schema cannot have. */
const stateTransition = ({ runnerId, fromState, toState, reason }: StateTransition): string =>
  JSON.stringify({ runner_id: runnerId, from: fromState, to: toState, reason });
