import { BatchEntries } from './batch-entries.ts';
import type { BatchMemory, BatchOwner } from './batch-memory.ts';
import { EventBatch } from './event-batch.ts';
import type { EventFilter } from './event-filter.ts';
import type { EventWindow, WindowEntry } from './event-window.ts';

/** How many events one read looks at before others have their turn. */
const SCANNED_AT_ONCE = 2048;

/** These events were evicted, or missed by the bus, before they were read. */
export interface MissedEvents {
  readonly kind: 'missed';
  readonly from: number;
  readonly to: number;
}

const UNKNOWN = 0;
const MATCHES = 1;
const DIFFERS = 2;

/**
 * The events of a window that match one filter, for all readers who have it. Whether an event matches is found out
 * once and kept in two bits of the event's slot.
 */
export class FilterView implements BatchOwner {
  readonly filter: EventFilter;
  readonly #window: EventWindow;
  readonly #memory: BatchMemory;
  /** Four slots to a byte. */
  readonly #verdicts: Uint8Array;
  /** Slots before this position hold what is known of it or of a later one, the rest of older ones. */
  #knownEnd: number;
  /** By the sequence that they follow. */
  readonly #batches = new Map<number, EventBatch>();

  constructor(window: EventWindow, filter: EventFilter, memory: BatchMemory) {
    this.#window = window;
    this.filter = filter;
    this.#memory = memory;
    this.#verdicts = new Uint8Array(Math.ceil(window.capacity / 4));
    this.#knownEnd = window.shownEnd;
  }

  /**
   * What follows a sequence, as far as it is shown: a batch, which has no entries where nothing matched so far; or
   * what is missing there; or nothing.
   */
  read(after: number): EventBatch | MissedEvents | undefined {
    const window = this.#window;
    if (after >= window.shownLast) return undefined;
    const known = this.#batches.get(after);
    if (known !== undefined && (known.isFull || known.through === window.shownLast)) return known;

    this.#forgetOverwritten();
    const entries = new BatchEntries(this.filter.ticks);
    const start = window.positionAfter(after);
    const end = Math.min(window.shownEnd, start + SCANNED_AT_ONCE);
    let through = after;
    let position = start;
    for (; position < end; position++) {
      const entry = window.at(position);
      if (entry.sequence !== through + 1) break;
      through = entry.sequence;
      if (!this.#matches(position, entry)) continue;
      entries.add(entry);
      if (entries.isFull) break;
    }
    if (through === after) {
      if (start >= window.shownEnd) return undefined;
      return { kind: 'missed', from: after + 1, to: window.at(start).sequence - 1 };
    }
    return this.#remember(
      new EventBatch(window, this.#memory, {
        after,
        through,
        entries: entries.list(),
        isFull: position < window.shownEnd,
      }),
    );
  }

  forget(batch: EventBatch): void {
    if (this.#batches.get(batch.after) === batch) this.#batches.delete(batch.after);
  }

  #remember(batch: EventBatch): EventBatch {
    const old = this.#batches.get(batch.after);
    if (old !== undefined) this.#memory.drop(old);
    this.#batches.set(batch.after, batch);
    this.#memory.remember(batch, this);
    return batch;
  }

  #matches(position: number, entry: WindowEntry): boolean {
    if (this.filter.isOpen) return true;
    const slot = position % this.#window.capacity;
    const shift = (slot & 3) * 2;
    const byte = this.#verdicts[slot >> 2] as number;
    const known = (byte >> shift) & 3;
    if (known !== UNKNOWN) return known === MATCHES;
    const isMatch = this.filter.matches(entry.event, entry.symbol);
    this.#verdicts[slot >> 2] = byte | ((isMatch ? MATCHES : DIFFERS) << shift);
    return isMatch;
  }

  /** The slots of what came since the last read held older events. */
  #forgetOverwritten(): void {
    const { capacity, shownEnd } = this.#window;
    const from = Math.max(this.#knownEnd, shownEnd - capacity);
    for (let position = from; position < shownEnd; position++) {
      const slot = position % capacity;
      this.#verdicts[slot >> 2] = (this.#verdicts[slot >> 2] as number) & ~(3 << ((slot & 3) * 2));
    }
    this.#knownEnd = shownEnd;
  }
}
