import { randomUUID } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Event, EventSchema as EventSchemaType } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { EventSchema } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { mediaClock, wallClockMs } from '../clock.ts';
import { CONTROL_PAYLOADS, formatCursor } from './control-events.ts';
import { PendingEvents } from './pending-events.ts';

/** One member of the payload oneof. */
export type EventPayload = NonNullable<MessageInitShape<typeof EventSchemaType>['payload']> & {
  case: string;
};

/** Where the events of a turn go. */
export interface EventSink {
  /** In order and without holes from the moment the sink was added, unless the disk hangs: see `PENDING_LIMIT`. */
  deliver(events: readonly Event[]): void;
}

/** What an event needs beside its payload. */
export interface EventContext {
  readonly topic: string;
  readonly traceId?: string | undefined;
  /** The graph's revision, where it is another than that of the newest durable graph. */
  readonly revision?: number;
}

/** An event before it has its place. */
export interface EventDraft {
  readonly payload: EventPayload;
  readonly context: EventContext;
}

/** Control events that have their places and wait for a record. One of the two is to be called, in the order of the holds. */
export interface HeldEvents {
  readonly events: readonly Event[];
  /** They are published, and what waits behind them. What they report must be visible to reads already. */
  release(): void;
  /** They never were: what is behind them moves up. */
  drop(): void;
}

/** Who makes control events durable that belong to no other record. */
export interface ControlEventKeeper {
  /** Calls `release` as soon as they are kept, and also where they cannot be; never throws. */
  appendEvents(held: HeldEvents): void;
}

/** While the disk hangs, so many events wait at most; of those that come on top only control events are kept. */
const PENDING_LIMIT = 65_536;

/**
 * Gives every event of a server its place in one order. Events of one turn of the loop reach the sinks as one
 * batch, at the end of that turn. Control events wait until the journal has them, and what follows them with them.
 */
export class EventLog {
  /** The incarnation of this log: sequences of another one mean nothing here. */
  readonly streamId = randomUUID();
  readonly #sinks = new Set<EventSink>();
  readonly #revision: () => number;
  readonly #keeper: ControlEventKeeper | undefined;
  readonly #pending = new PendingEvents();
  #sequence = 0;
  #isFlushDue = false;

  /** `revision` answers the graph's revision as events show it. Without a keeper control events wait for nothing. */
  constructor(revision: () => number, keeper?: ControlEventKeeper) {
    this.#revision = revision;
    this.#keeper = keeper;
  }

  /**
   * The newest sequence that is published, or will be at the end of this turn; 0 before the first event. What is read
   * now contains everything up to it.
   */
  get lastSequence(): number {
    const held = this.#pending.firstHeld;
    return held === undefined ? this.#sequence : Number(held.sequence) - 1;
  }

  /** Records an event. What it reports must be visible to reads already. */
  emit(payload: EventPayload, context: EventContext): void {
    if (this.#keeper !== undefined && CONTROL_PAYLOADS.has(payload.case)) {
      this.#keeper.appendEvents(this.hold([{ payload, context }]));
      return;
    }
    const event = this.#make({ payload, context });
    // NB: its number is taken all the same, so that subscribers see a gap.
    if (this.#pending.count < PENDING_LIMIT) this.#pending.push(event);
    this.#flushSoon();
  }

  /** Gives control events their places; they are published when they are released. */
  hold(drafts: readonly EventDraft[]): HeldEvents {
    const events = drafts.map((draft) => this.#make(draft));
    const batch = this.#pending.hold(events);
    return {
      events,
      release: () => {
        batch.isHeld = false;
        this.#flushSoon();
      },
      drop: () => {
        // NB: none of those behind is published, and no record that has one was or will be durable.
        for (const event of this.#pending.remove(batch))
          this.#place(event, Number(event.sequence) - events.length);
        this.#sequence -= events.length;
        this.#flushSoon();
      },
    };
  }

  /** Hands over what is ready. Called by itself at the end of a turn; results of commands are sent after it. */
  flush(): void {
    const events = this.#pending.takeReady();
    if (events.length === 0) return;
    for (const sink of this.#sinks) sink.deliver(events);
  }

  add(sink: EventSink): void {
    this.flush();
    this.#sinks.add(sink);
  }

  remove(sink: EventSink): void {
    this.#sinks.delete(sink);
  }

  #make({ payload, context: { topic, traceId = '', revision } }: EventDraft): Event {
    const event = create(EventSchema, {
      type: typeNames.get(payload.case) ?? payload.case,
      topic,
      time: timestampFromMs(wallClockMs()),
      monotonicNs: mediaClock.now(),
      revision: BigInt(revision ?? this.#revision()),
      traceId,
      payload,
    });
    this.#place(event, ++this.#sequence);
    return event;
  }

  #place(event: Event, sequence: number): void {
    event.sequence = BigInt(sequence);
    event.cursor = formatCursor(this.streamId, sequence);
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    setImmediate(() => {
      this.#isFlushDue = false;
      this.flush();
    });
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

/** Those of control events, which are known after a restart. */
export const CONTROL_EVENT_TYPES: ReadonlySet<string> = new Set(
  [...typeNames].flatMap(([name, type]) => (CONTROL_PAYLOADS.has(name) ? [type] : [])),
);
