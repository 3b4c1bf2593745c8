import type { SubscribeResponse } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { EventWindow, WindowEntry } from './event-window.ts';

/** Anything but events that a subscriber is told. */
export interface SubscriptionNotice {
  readonly kind: 'notice';
  readonly response: SubscribeResponse;
  /** Where a subscriber may resume that has read this far. */
  readonly cursor: string;
}

/** The bytes in which a door writes what it is told: the same for every subscriber of the door. */
export interface BatchForm {
  /** Keeps with each entry what other batches need of it, too. */
  encodeEvents(entries: readonly WindowEntry[], window: EventWindow): Uint8Array;
  encodeNotice(notice: SubscriptionNotice): Uint8Array;
}
