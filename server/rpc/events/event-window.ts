import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import { approximateBytes } from './approximate-bytes.ts';
import { FilterViews } from './filter-views.ts';
import { RunnerSymbols } from './runner-symbols.ts';

/**
 * After events were shown to the readers, further ones are collected for so long before they are shown: what a
 * batch costs is mostly the writing to each socket. Longer where the showing itself takes long, so that the readers
 * never need more than about half of the thread, and at most LONGEST_PAUSE_MS.
 */
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 25;

/** An event with the encodings that its readers have asked for so far. Each is made once, whoever reads. */
export interface WindowEntry {
  readonly sequence: number;
  readonly event: Event;
  /** What it is about, or the runner that it is about trades, where that is known. */
  readonly symbol?: string | undefined;
  /** Bytes that the entry is taken to cost, encodings included. */
  bytes: number;
  /** As a member of EventBatch.events, with its tag and length. */
  proto?: Uint8Array;
  /** As a line of NDJSON, without the line feed. */
  line?: string;
  /** As a message of `/ws`. */
  taggedLine?: string;
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
 * memory is bounded by the window whatever the number of readers and however slow they are. What was appended is
 * shown to the readers some milliseconds' worth at a time, and at once where nothing was shown just before.
 *
 *   slots   … │ 41 │ 42 │ 45 │ 46 │ 47 │ …   a hole (43, 44) is what the bus missed
 *              ▲ first             ▲    ▲ end   positions only grow; a slot is position % capacity
 *                                  shownEnd     readers see what lies before
 */
export class EventWindow {
  readonly streamId: string;
  readonly capacity: number;
  /** What the readers of this window share. */
  readonly views: FilterViews;
  readonly #maxBytes: number;
  readonly #slots: (WindowEntry | undefined)[];
  readonly #runnerSymbols = new RunnerSymbols();
  readonly #watchers = new Set<() => void>();
  #first = 0;
  #begin: number;
  #end = 0;
  #shownEnd = 0;
  #bytes = 0;
  #last: number;
  #shownLast: number;
  #showing = false;
  #pauseUntilMs = 0;

  constructor({ streamId, lastSequence, capacity, maxBytes }: EventWindowOptions) {
    this.streamId = streamId;
    this.capacity = capacity;
    this.#begin = lastSequence;
    this.#last = lastSequence;
    this.#shownLast = lastSequence;
    this.#maxBytes = maxBytes;
    this.#slots = new Array(capacity);
    this.views = new FilterViews(this);
  }

  /** The newest sequence there is. */
  get last(): number {
    return this.#last;
  }

  /** The newest sequence that readers see. */
  get shownLast(): number {
    return this.#shownLast;
  }

  /** The position behind the newest event that readers see. */
  get shownEnd(): number {
    return this.#shownEnd;
  }

  /** The sequence before the first event that it ever held. */
  get begin(): number {
    return this.#begin;
  }

  /** The oldest sequence that is kept; the next one where none is. */
  get oldest(): number {
    return this.#first === this.#end ? this.#last + 1 : this.at(this.#first).sequence;
  }

  /** Takes the next event. Readers are told of all events of a turn at once, or of some milliseconds. */
  append(event: Event): void {
    const sequence = Number(event.sequence);
    if (sequence <= this.#last) return;
    const bytes = approximateBytes(event);
    if (this.#end - this.#first === this.capacity) this.#evict();
    if (this.#end === 0) this.#begin = sequence - 1;
    const symbol = this.#runnerSymbols.symbolOf(event);
    this.#slots[this.#end % this.capacity] = { sequence, event, symbol, bytes };
    this.#end++;
    this.#last = sequence;
    this.#bytes += bytes;
    this.#evictWhatIsTooMuch();
    this.#scheduleShow();
  }

  /** Counts the cost of an encoding that an entry keeps. */
  grow(entry: WindowEntry, bytes: number): void {
    entry.bytes += bytes;
    // NB: an entry may have been evicted while a batch still holds it.
    if (entry.sequence < this.oldest) return;
    this.#bytes += bytes;
    this.#evictWhatIsTooMuch();
  }

  /**
   * At most `limit` entries after a sequence, oldest first. Where the first one does not follow it directly,
   * what lies between is gone.
   */
  readAfter(sequence: number, limit: number): WindowEntry[] {
    const entries: WindowEntry[] = [];
    const start = this.positionAfter(sequence);
    const end = Math.min(this.#end, start + limit);
    for (let position = start; position < end; position++) entries.push(this.at(position));
    return entries;
  }

  /** The position of the first entry behind a sequence; the end where there is none. */
  positionAfter(sequence: number): number {
    if (sequence >= this.#last) return this.#end;
    let high = this.#end;
    // Sequences only grow, so that at most `last - sequence` entries follow. Without holes this is the answer.
    let low = Math.max(this.#first, high - (this.#last - sequence));
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle).sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The entry at a position that `positionAfter` answered, or behind it and before the end. */
  at(position: number): WindowEntry {
    return this.#slots[position % this.capacity] as WindowEntry;
  }

  /** Calls `wake` whenever there are new events to see. Answers what ends that. */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  #evict(): void {
    const slot = this.#first % this.capacity;
    this.#bytes -= (this.#slots[slot] as WindowEntry).bytes;
    this.#slots[slot] = undefined;
    this.#first++;
  }

  #evictWhatIsTooMuch(): void {
    while (this.#bytes > this.#maxBytes && this.#end - this.#first > 1) this.#evict();
  }

  #scheduleShow(): void {
    if (this.#showing) return;
    this.#showing = true;
    const pauseMs = this.#pauseUntilMs - performance.now();
    if (pauseMs <= 0) setImmediate(this.#show);
    else setTimeout(this.#show, pauseMs);
  }

  readonly #show = (): void => {
    this.#showing = false;
    this.#shownEnd = this.#end;
    this.#shownLast = this.#last;
    const startedMs = performance.now();
    for (const wake of this.#watchers) wake();
    const tookMs = performance.now() - startedMs;
    this.#pauseUntilMs = startedMs + Math.min(Math.max(SHORTEST_PAUSE_MS, 2 * tookMs), LONGEST_PAUSE_MS);
  };
}
