import { createSegment } from '../../../native/index.ts';
import { StreamlibError } from '../errors.ts';
import { DELIVERIES, type Delivery, numberOf, wordOf } from '../vocabulary.ts';

/*
 * A queue of frames from one thread to one other thread. Frames are copied in and out; a frame may wrap around the
 * end of the arena.
 *
 *  header                                     entries (a power of two ≥ capacity)   arena (a power of two)
 *  ┌──────────┬─────────┬────────┬────────┐  ┌───────────────────────────┬───┐     ┌───────────────────────────┐
 *  │ settings │ flags   │ head   │ tail   │  │ position │ bytes │ type │ … │  ──▶ │ frame │ frame │      │frame│
 *  └──────────┴─────────┴────────┴────────┘  └───────────────────────────┴───┘     └───────────────────────────┘
 *
 *  tail      the producer alone: + 1 after a frame was copied in
 *  head      the consumer, by compare-and-set, after it copied a frame out; and on lossy links the producer, by
 *            compare-and-set, to drop the oldest frame. Whoever succeeds owns that frame's end.
 *  entries, arena   the producer alone, between the frame at tail - 1 and the frame at head
 *
 * The consumer copies before it knows whether the frame is its own: if the producer dropped the frame meanwhile,
 * the compare-and-set fails and the copy, which may be torn, is thrown away. So the producer never waits.
 * Indices and positions count on and on and wrap at 2^32.
 */
const ENTRY_COUNT = 0;
const CAPACITY_FRAMES = 1;
const ARENA_BYTES = 2;
const DELIVERY = 3;
const CLOSED = 4;
const PAUSED = 5;
const SPACE_WANTED = 6;
const DETACHED = 7;
// NB: each index has a cache line of its own, since the two threads write them all the time.
const HEAD = 16;
const TAIL = 32;
const ENTRIES = 48;
const ENTRY_WORDS = 4;

/** Bits of the word that tells which ends have been detached. */
export const PRODUCER_BIT = 1;
export const CONSUMER_BIT = 2;

const LEAST_ARENA_BYTES = 1024 * 1024;
const LARGEST_ARENA_BYTES = 1024 * 1024 * 1024;
/** A frame of typical audio or data has a fraction of this; pages that no frame reaches cost nothing. */
const ARENA_BYTES_PER_FRAME = 64 * 1024;

/** The most frames that a link may be asked to hold. */
export const LARGEST_CAPACITY_FRAMES = 65_536;

/** What a ring is made from. */
export interface RingSpec {
  readonly capacityFrames: number;
  readonly delivery: Delivery;
  /** Room for the frames' bytes, rounded up to a power of two. Default: 64 KiB per frame, at least 1 MiB. */
  readonly arenaBytes?: number;
}

/** Makes the memory of an empty ring. */
export function createRing(spec: RingSpec): SharedArrayBuffer {
  const { capacityFrames, delivery } = spec;
  if (
    !(Number.isInteger(capacityFrames) && capacityFrames >= 1 && capacityFrames <= LARGEST_CAPACITY_FRAMES)
  ) {
    const text = `capacity_frames must be 1 to ${LARGEST_CAPACITY_FRAMES}, was ${capacityFrames}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'capacity_frames' });
  }
  const wanted = spec.arenaBytes ?? Math.max(LEAST_ARENA_BYTES, capacityFrames * ARENA_BYTES_PER_FRAME);
  const arenaBytes = powerOfTwo(Math.min(Math.max(wanted, 64), LARGEST_ARENA_BYTES));
  const entryCount = powerOfTwo(capacityFrames);
  const words = new Int32Array(createSegment(arenaStart(entryCount) + arenaBytes).buffer);
  words[ENTRY_COUNT] = entryCount;
  words[CAPACITY_FRAMES] = capacityFrames;
  words[ARENA_BYTES] = arenaBytes;
  words[DELIVERY] = numberOf(DELIVERIES, delivery);
  return words.buffer as SharedArrayBuffer;
}

/** One thread's view of a ring. */
export class Ring {
  readonly delivery: Delivery;
  readonly capacityFrames: number;
  readonly arenaBytes: number;
  /** The arena, in bytes and in words. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly #header: Int32Array;
  readonly #entries: Uint32Array;
  readonly #entryMask: number;

  constructor(memory: SharedArrayBuffer) {
    const header = new Int32Array(memory, 0, ENTRIES);
    const entryCount = header[ENTRY_COUNT] as number;
    this.#header = header;
    this.#entryMask = entryCount - 1;
    this.#entries = new Uint32Array(memory, ENTRIES * 4, entryCount * ENTRY_WORDS);
    this.delivery = wordOf(DELIVERIES, header[DELIVERY]) ?? 'every';
    this.capacityFrames = header[CAPACITY_FRAMES] as number;
    this.arenaBytes = header[ARENA_BYTES] as number;
    this.bytes = new Uint8Array(memory, arenaStart(entryCount), this.arenaBytes);
    this.words = new Uint32Array(memory, arenaStart(entryCount), this.arenaBytes / 4);
  }

  get head(): number {
    return Atomics.load(this.#header, HEAD);
  }

  get tail(): number {
    return Atomics.load(this.#header, TAIL);
  }

  /** How many frames wait. */
  get queued(): number {
    // ORDERING: head first. It never passes the tail that is read after it.
    const head = this.head;
    return (this.tail - head) | 0;
  }

  /** Takes the frames from `head` up to `next` out of the ring, if nobody else took one meanwhile. */
  tryMoveHead(head: number, next: number): boolean {
    // ORDERING: the exchange orders the copy before it against the producer, who may write there afterwards.
    return Atomics.compareExchange(this.#header, HEAD, head, next | 0) === head;
  }

  /** Makes everything that was written for the frame at `tail` visible. The producer only. */
  publishTail(tail: number): void {
    // ORDERING: publishes the entry and the bytes of the frame.
    Atomics.store(this.#header, TAIL, tail | 0);
  }

  position(index: number): number {
    return this.#entries[(index & this.#entryMask) * ENTRY_WORDS] as number;
  }

  byteLength(index: number): number {
    return this.#entries[(index & this.#entryMask) * ENTRY_WORDS + 1] as number;
  }

  typeId(index: number): number {
    return this.#entries[(index & this.#entryMask) * ENTRY_WORDS + 2] as number;
  }

  writeEntry(index: number, position: number, byteLength: number, typeId: number): void {
    const at = (index & this.#entryMask) * ENTRY_WORDS;
    this.#entries[at] = position;
    this.#entries[at + 1] = byteLength;
    this.#entries[at + 2] = typeId;
  }

  get closed(): boolean {
    return Atomics.load(this.#header, CLOSED) === 1;
  }

  setClosed(closed: boolean): void {
    Atomics.store(this.#header, CLOSED, closed ? 1 : 0);
  }

  get paused(): boolean {
    return Atomics.load(this.#header, PAUSED) === 1;
  }

  setPaused(paused: boolean): void {
    Atomics.store(this.#header, PAUSED, paused ? 1 : 0);
  }

  /** The producer asks to be woken by the next read; it looks for space once more after asking. */
  askForSpace(): void {
    Atomics.store(this.#header, SPACE_WANTED, 1);
  }

  /** Whether the producer asked; one answer per question. */
  takeSpaceWanted(): boolean {
    return (
      Atomics.load(this.#header, SPACE_WANTED) === 1 && Atomics.exchange(this.#header, SPACE_WANTED, 0) === 1
    );
  }

  attach(bit: number): void {
    Atomics.and(this.#header, DETACHED, ~bit);
  }

  /** Answers the bits of the ends that had been detached before. */
  detach(bit: number): number {
    return Atomics.or(this.#header, DETACHED, bit);
  }

  /** Takes everything out that waits; answers how many frames. Either end, or anyone when both are gone. */
  takeAll(): number {
    for (;;) {
      const head = this.head;
      const tail = this.tail;
      if (head === tail) return 0;
      if (this.tryMoveHead(head, tail)) return (tail - head) | 0;
    }
  }
}

/** How many frames wait in a ring. */
export function queuedInRing(memory: SharedArrayBuffer): number {
  const header = new Int32Array(memory, 0, ENTRIES);
  const head = Atomics.load(header, HEAD);
  return (Atomics.load(header, TAIL) - head) | 0;
}

/** Empties a ring that neither end uses any more; answers how many frames it held. */
export const takeAllFromRing = (memory: SharedArrayBuffer): number => new Ring(memory).takeAll();

const arenaStart = (entryCount: number): number => ((ENTRIES + entryCount * ENTRY_WORDS) * 4 + 63) & ~63;

function powerOfTwo(atLeast: number): number {
  let value = 1;
  while (value < atLeast) value *= 2;
  return value;
}
