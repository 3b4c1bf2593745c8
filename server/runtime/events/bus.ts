import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { JsonObject } from '../json.ts';

/** A subscription of the bus. Disposal, garbage collection of this handle or the end of its processor ends it. */
export interface EventListener {
  /** Events that this listener missed because it was busy. */
  readonly missed: number;
  [Symbol.dispose](): void;
}

/** An event that a processor or an embedding program publishes under its own name. */
export interface CustomEvent {
  /** 1 to 255 characters. */
  readonly name: string;
  /** At most 64 KiB as JSON. It is copied as JSON.stringify writes it: NaN becomes null. */
  readonly data?: JsonObject;
}

/** How a listener wants its events. */
export interface SubscribeOptions {
  /** How many events may wait for a busy listener; what comes on top is missed and counted. Default 1,024. */
  readonly queueLimit?: number;
}

/** What a listener is told beside the event. */
export interface ListenerReport {
  /** Events missed since the last call. */
  readonly missed: number;
}

/**
 * The in-process bus. Topics are `runtime:global`, `processor:{id}`, `link:{id}` or custom; a `*` at the end of
 * a subscription stands for any rest. A listener is called on the thread that subscribed, in the order of the
 * events, never from within `publish`. What a listener throws is logged.
 *
 * `publish` never throws. It answers false for an event that it does not take: one that is not as it must be (topics
 * are 1 to 255 printable characters without spaces), or one too many: a processor may publish 20,000 a second, half a
 * second's at once, and a lane may have 8,192 on their way. What was refused is counted and logged, as a warning of the
 * processor.
 */
export interface EventBus {
  publish(topic: string, event: CustomEvent): boolean;
  subscribe(
    topic: string,
    listener: (event: Event, report: ListenerReport) => void,
    options?: SubscribeOptions,
  ): EventListener;
}
