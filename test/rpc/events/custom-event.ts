import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Event, EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';

type Payload = NonNullable<MessageInitShape<typeof EventSchema>['payload']>;

/** An event as the log of stream `s` makes it: custom, with its sequence as data, unless told otherwise. */
export function customEvent(sequence: number, text = '', topic = 'test', payload?: Payload): Event {
  return create(EventSchema, {
    sequence: BigInt(sequence),
    cursor: `s:${sequence}`,
    type: payload?.case === undefined ? 'Custom' : payload.case[0]?.toUpperCase() + payload.case.slice(1),
    topic,
    payload: payload ?? { case: 'custom', value: { name: 'tick', data: { sequence, text } } },
  });
}
