import { randomUUID } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Event, EventSchema as EventSchemaType } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { mediaClock, wallClockMs } from '../clock.ts';

/** One member of the payload oneof. */
export type EventPayload = NonNullable<MessageInitShape<typeof EventSchemaType>['payload']> & {
  case: string;
};

/** Where the events of a turn go. */
export interface EventSink {
  /** In order and without holes from the moment the sink was added. */
  deliver(events: readonly Event[]): void;
}

/** What an event needs beside its payload. */
export interface EventContext {
  readonly topic: string;
  readonly traceId?: string | undefined;
}

/**
 * Gives every event of a server its place in one order. Events of one turn of the loop reach the sinks as one
 * batch, at the end of that turn.
 */
export class EventLog {
  /** The incarnation of this log: sequences of another one mean nothing here. */
  readonly streamId = randomUUID();
  readonly #sinks = new Set<EventSink>();
  readonly #revision: () => number;
  #sequence = 0;
  #pending: Event[] = [];

  /** `revision` answers the graph's revision as events show it. */
  constructor(revision: () => number) {
    this.#revision = revision;
  }

  /** The newest sequence; 0 before the first event. */
  get lastSequence(): number {
    return this.#sequence;
  }

  /** Records an event. What it reports must be visible to reads already. */
  emit(payload: EventPayload, { topic, traceId = '' }: EventContext): void {
    const sequence = ++this.#sequence;
    const event = create(EventSchema, {
      sequence: BigInt(sequence),
      cursor: `${this.streamId}:${sequence}`,
      type: typeNames.get(payload.case) ?? payload.case,
      topic,
      time: timestampFromMs(wallClockMs()),
      monotonicNs: mediaClock.now(),
      revision: BigInt(this.#revision()),
      traceId,
      payload,
    });
    this.#pending.push(event);
    if (this.#pending.length === 1) setImmediate(() => this.flush());
  }

  /** Hands over what was recorded. Called by itself at the end of a turn; results of commands are sent after it. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    for (const sink of this.#sinks) sink.deliver(events);
  }

  add(sink: EventSink): void {
    this.flush();
    this.#sinks.add(sink);
  }

  remove(sink: EventSink): void {
    this.#sinks.delete(sink);
  }
}

/** `ProcessorAdded` by `processorAdded`: the message's name is what `Event.type` says. */
const typeNames = new Map(
  EventSchema.oneofs.flatMap((oneof) =>
    oneof.fields.map((field) => [field.localName, field.message?.name ?? field.localName] as const),
  ),
);

/** Every payload name that an event can have. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(typeNames.values());
