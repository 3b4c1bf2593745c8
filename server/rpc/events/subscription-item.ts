import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type SubscribeResponse, SubscribeResponseSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { WindowEntry } from './event-window.ts';

/** One thing that a subscriber is told, before a door puts it into its own form. */
export type SubscriptionItem = EventsItem | SubscriptionNotice;

/** Events in their order. */
export interface EventsItem {
  readonly kind: 'events';
  readonly entries: readonly WindowEntry[];
  /** What goes to the socket. Subscribers may share it: it must not be changed. */
  bytes(form: ItemForm): Uint8Array;
}

/** Anything but events that a subscriber is told. */
export interface SubscriptionNotice {
  readonly kind: 'notice';
  readonly response: SubscribeResponse;
  /** Where a subscriber may resume that has read this far. */
  readonly cursor: string;
  bytes(form: ItemForm): Uint8Array;
}

/** The bytes in which a door writes what it is told: the same for every subscriber of the door. */
export interface ItemForm {
  /** Keeps with each entry what other batches need of it, too, and tells `onKept` how many bytes that are. */
  encodeEvents(entries: readonly WindowEntry[], onKept: OnKept): Uint8Array;
  encodeNotice(response: SubscribeResponse, cursor: string): Uint8Array;
}

/** Called with the bytes that an entry keeps from now on. */
export type OnKept = (entry: WindowEntry, bytes: number) => void;

/** A message with the place that it leaves the subscriber at. */
export function createNotice(
  cursor: string,
  message: NonNullable<MessageInitShape<typeof SubscribeResponseSchema>['message']>,
): SubscriptionNotice {
  const response = create(SubscribeResponseSchema, { message });
  return { kind: 'notice', response, cursor, bytes: (form) => form.encodeNotice(response, cursor) };
}

/** Events of the journal, which are in no window and cost it nothing. */
export const createJournalItem = (entries: readonly WindowEntry[]): EventsItem => ({
  kind: 'events',
  entries,
  bytes: (form) => form.encodeEvents(entries, () => {}),
});

/** The item as a message, for a codec that needs its fields. */
export function toMessage(item: SubscriptionItem): SubscribeResponse {
  if (item.kind === 'notice') return item.response;
  const events = item.entries.map((entry) => entry.event);
  return create(SubscribeResponseSchema, { message: { case: 'batch', value: { events } } });
}
