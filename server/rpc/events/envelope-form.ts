import { toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  EventBatchSchema,
  EventSchema,
  SubscribeResponseSchema,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { WindowEntry } from './event-window.ts';
import type { ItemForm, OnKept } from './subscription-item.ts';

const BATCH_FIELD = SubscribeResponseSchema.field.batch.number;
const EVENTS_FIELD = EventBatchSchema.field.events.number;

/** Flags and length, which stand before each message of gRPC, gRPC-Web and Connect alike. */
const ENVELOPE_BYTES = 5;

/** A message with its envelope, not compressed: one for the binary codecs of gRPC, gRPC-Web and Connect. */
export const envelopeForm: ItemForm = {
  encodeEvents(entries, onKept) {
    let length = 0;
    for (const entry of entries) length += protoOf(entry, onKept).length;
    const head = new BinaryWriter().tag(BATCH_FIELD, WireType.LengthDelimited).uint32(length).finish();
    const bytes = openEnvelope(head.length + length);
    bytes.set(head, ENVELOPE_BYTES);
    let offset = ENVELOPE_BYTES + head.length;
    for (const entry of entries) {
      const piece = protoOf(entry, onKept);
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  },
  encodeNotice(response) {
    const message = toBinary(SubscribeResponseSchema, response);
    const bytes = openEnvelope(message.length);
    bytes.set(message, ENVELOPE_BYTES);
    return bytes;
  },
};

function openEnvelope(messageBytes: number): Uint8Array {
  const bytes = new Uint8Array(ENVELOPE_BYTES + messageBytes);
  new DataView(bytes.buffer).setUint32(1, messageBytes);
  return bytes;
}

function protoOf(entry: WindowEntry, onKept: OnKept): Uint8Array {
  if (entry.proto === undefined) {
    const event = toBinary(EventSchema, entry.event);
    entry.proto = new BinaryWriter().tag(EVENTS_FIELD, WireType.LengthDelimited).bytes(event).finish();
    onKept(entry, entry.proto.length);
  }
  return entry.proto;
}
