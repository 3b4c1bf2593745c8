import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';

/** Events that are published together, now or when what they follow from is durable. */
export interface PendingBatch {
  readonly events: Event[];
  /** Whether it waits for the journal. */
  isHeld: boolean;
}

/**
 * Events that have their place in the order and are not published yet. What is held keeps back all that is behind it:
 *
 *   ▶ 41 42 │ 43 44 (held) │ 45 46 │ 47 (held)      41 and 42 are ready
 */
export class PendingEvents {
  #batches: PendingBatch[] = [];
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** The first that is held; undefined where all are ready. */
  get firstHeld(): Event | undefined {
    return this.#batches.find(({ isHeld }) => isHeld)?.events[0];
  }

  /** Adds an event that waits for nothing but what is before it. */
  push(event: Event): void {
    const last = this.#batches.at(-1);
    this.#count++;
    if (last === undefined || last.isHeld) this.#batches.push({ events: [event], isHeld: false });
    else last.events.push(event);
  }

  /** Adds events that wait; setting `isHeld` to false makes them ready. */
  hold(events: Event[]): PendingBatch {
    const batch = { events, isHeld: true };
    this.#count += events.length;
    this.#batches.push(batch);
    return batch;
  }

  /** Takes back what will never be, and answers all that is behind it. */
  remove(batch: PendingBatch): Event[] {
    const index = this.#batches.indexOf(batch);
    this.#batches.splice(index, 1);
    this.#count -= batch.events.length;
    return this.#batches.slice(index).flatMap(({ events }) => events);
  }

  /** Takes out what is ready. */
  takeReady(): Event[] {
    const held = this.#batches.findIndex(({ isHeld }) => isHeld);
    const ready = this.#batches.splice(0, held < 0 ? this.#batches.length : held);
    const events = ready.length === 1 ? (ready[0]?.events ?? []) : ready.flatMap((batch) => batch.events);
    this.#count -= events.length;
    return events;
  }
}
