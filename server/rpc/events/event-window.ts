import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { approximateBytes } from './approximate-bytes.ts';

/** An event with the encodings that its readers have asked for so far. Each is made once, whoever reads. */
export interface WindowEntry {
  readonly sequence: number;
  readonly event: Event;
  /** Bytes that the entry is taken to cost. */
  readonly bytes: number;
  /** As a member of EventBatch.events, with its tag and length. */
  proto?: Uint8Array;
  /** As a line of NDJSON, without the line feed. */
  line?: string;
}

/** What bounds the window. */
export interface EventWindowOptions {
  /** The incarnation of the event log. */
  readonly streamId: string;
  /** The newest sequence that was published before the window began. */
  readonly lastSequence: number;
  /** How many events are kept at most. */
  readonly capacity: number;
  /** How many bytes they may cost together; at least one event is kept. */
  readonly maxBytes: number;
}

/**
 * The newest events of a server, in their order. Readers hold a sequence and come for what follows it, so that
 * memory is bounded by the window whatever the number of readers and however slow they are.
 *
 *   slots   … │ 41 │ 42 │ 45 │ 46 │ …      a hole (43, 44) is what the bus missed
 *              ▲ first             ▲ end    positions only grow; a slot is position % capacity
 */
export class EventWindow {
  readonly streamId: string;
  readonly #capacity: number;
  readonly #maxBytes: number;
  readonly #slots: (WindowEntry | undefined)[];
  readonly #watchers = new Set<() => void>();
  #first = 0;
  #end = 0;
  #bytes = 0;
  #last: number;
  #wakeScheduled = false;

  constructor({ streamId, lastSequence, capacity, maxBytes }: EventWindowOptions) {
    this.streamId = streamId;
    this.#last = lastSequence;
    this.#capacity = capacity;
    this.#maxBytes = maxBytes;
    this.#slots = new Array(capacity);
  }

  /** The newest sequence there is. */
  get last(): number {
    return this.#last;
  }

  /** The oldest sequence that is kept; the next one where none is. */
  get oldest(): number {
    return this.#first === this.#end ? this.#last + 1 : this.#at(this.#first).sequence;
  }

  /** Takes the next event. Watchers are called once for all events of a turn. */
  append(event: Event): void {
    const sequence = Number(event.sequence);
    if (sequence <= this.#last) return;
    const bytes = approximateBytes(event);
    if (this.#end - this.#first === this.#capacity) this.#evict();
    this.#slots[this.#end % this.#capacity] = { sequence, event, bytes };
    this.#end++;
    this.#last = sequence;
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes && this.#end - this.#first > 1) this.#evict();
    this.#scheduleWake();
  }

  /**
   * At most `limit` entries after a sequence, oldest first. Where the first one does not follow it directly,
   * what lies between is gone.
   */
  readAfter(sequence: number, limit: number): WindowEntry[] {
    const entries: WindowEntry[] = [];
    const start = this.#positionAfter(sequence);
    const end = Math.min(this.#end, start + limit);
    for (let position = start; position < end; position++) entries.push(this.#at(position));
    return entries;
  }

  /** Calls `wake` after every turn in which events came. Answers what ends that. */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  /** The position of the first entry behind a sequence; `#end` where there is none. */
  #positionAfter(sequence: number): number {
    if (sequence >= this.#last) return this.#end;
    let high = this.#end;
    // Sequences only grow, so that at most `last - sequence` entries follow. Without holes this is the answer.
    let low = Math.max(this.#first, high - (this.#last - sequence));
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(middle).sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #at(position: number): WindowEntry {
    return this.#slots[position % this.#capacity] as WindowEntry;
  }

  #evict(): void {
    const slot = this.#first % this.#capacity;
    this.#bytes -= (this.#slots[slot] as WindowEntry).bytes;
    this.#slots[slot] = undefined;
    this.#first++;
  }

  #scheduleWake(): void {
    if (this.#wakeScheduled) return;
    this.#wakeScheduled = true;
    setImmediate(() => {
      this.#wakeScheduled = false;
      for (const wake of this.#watchers) wake();
    });
  }
}
