import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  EventBatchSchema,
  EventSchema,
  type SubscribeResponse,
  SubscribeResponseSchema,
} from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { WindowEntry } from './event-window.ts';
import type { SubscriptionItem } from './subscription.ts';

/** A batch is split where its events are larger together than this, so that a reader's limit is met. */
const LARGEST_BATCH_BYTES = 1024 * 1024;

const BATCH_FIELD = SubscribeResponseSchema.field.batch.number;
const EVENTS_FIELD = EventBatchSchema.field.events.number;

/**
 * An item as messages of the stream, for a binary codec: the events are bytes already, made once for all
 * subscribers, and stand in the message as a field it does not need to know.
 */
export function* toBinaryMessages(item: SubscriptionItem): Generator<SubscribeResponse> {
  if (item.kind === 'notice') {
    yield item.response;
    return;
  }
  let pieces: Uint8Array[] = [];
  let length = 0;
  for (const entry of item.entries) {
    const bytes = protoOf(entry);
    if (length > 0 && length + bytes.length > LARGEST_BATCH_BYTES) {
      yield batchOf(pieces, length);
      pieces = [];
      length = 0;
    }
    pieces.push(bytes);
    length += bytes.length;
  }
  if (length > 0) yield batchOf(pieces, length);
}

/** An item as messages for a codec that needs their fields. */
export function* toMessages(item: SubscriptionItem): Generator<SubscribeResponse> {
  if (item.kind === 'notice') yield item.response;
  else {
    const events = item.entries.map((entry) => entry.event);
    yield create(SubscribeResponseSchema, { message: { case: 'batch', value: { events } } });
  }
}

function protoOf(entry: WindowEntry): Uint8Array {
  entry.proto ??= new BinaryWriter()
    .tag(EVENTS_FIELD, WireType.LengthDelimited)
    .bytes(toBinary(EventSchema, entry.event))
    .finish();
  return entry.proto;
}

function batchOf(pieces: readonly Uint8Array[], length: number): SubscribeResponse {
  const prefix = new BinaryWriter().uint32(length).finish();
  const data = new Uint8Array(prefix.length + length);
  data.set(prefix);
  let offset = prefix.length;
  for (const piece of pieces) {
    data.set(piece, offset);
    offset += piece.length;
  }
  const response = create(SubscribeResponseSchema);
  response.$unknown = [{ no: BATCH_FIELD, wireType: WireType.LengthDelimited, data }];
  return response;
}
