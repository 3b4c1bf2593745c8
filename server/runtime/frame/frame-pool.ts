import { FRAME_HEAD_BYTES, SLOT_PREFIX_BYTES } from '../../../native/index.ts';
import type { LastTime } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import type { Frame, FrameType } from './frame-type.ts';
import { threadNames } from './name-table.ts';
import type { Segment } from './segment.ts';
import { SegmentSlots } from './segment-slots.ts';
import { slotBytesFor } from './size-class.ts';
import type { SlotLedger } from './slot-ledger.ts';
import { NO_SLOT, SlotMemory, type SlotOwner } from './slot-memory.ts';
import type { AnyFrameType, SlotReference } from './slot-reference.ts';
import { SlotShelf } from './slot-shelf.ts';

const LARGEST_FRAME_BYTES = 1024 * 1024 * 1024;
/** What free memory of this thread may hold in all; more goes back to the garbage collector. */
const KEPT_PRIVATE_BYTES = 16 * 1024 * 1024;
/** What a pool learnt about the last shape that one of its users asked for. */
export class KnownShape {
  type: AnyFrameType | undefined;
  /** Undefined where the type's shapes may change. */
  shape: unknown;
  typeId = 0;
  byteLength = 0;
  slotBytes = 0;
  shelf = new SlotShelf();
}

/** Where a pool gets slots that other lanes can see. */
export interface PoolSegment {
  readonly segment: Segment;
  readonly laneIndex: number;
}

/**
 * The frames of one lane: slots of the segment, handed out again when nobody holds them any more. In steady state a
 * frame costs no allocation. When the segment is used up, and in a pool without one, frames lie in memory of this
 * thread; a link to another lane then finds a slot for them or treats them as its profile says.
 */
export class FramePool implements SlotOwner {
  call = 0;
  #reusesViews = true;
  /** Undefined in a pool whose frames stay in this thread. */
  readonly slots: SegmentSlots | undefined;
  readonly #ledger: SlotLedger | undefined;
  readonly #time: LastTime;
  /** By the size of their slots. */
  readonly #shelves = new Map<number, SlotShelf>();
  readonly #anyShape = new KnownShape();
  readonly #privateShelves = new Map<number, SlotMemory[]>();
  #keptPrivateBytes = 0;
  #inUse = 0;
  #leaked = 0;
  #exhausted = 0;

  /** Frames are stamped with the time as `time` has it. */
  constructor(time: LastTime, shared?: PoolSegment) {
    this.#time = time;
    this.slots = shared && new SegmentSlots(shared.segment, shared.laneIndex, this);
    this.#ledger = this.slots?.ledger;
  }

  /** Whether views are handed out again. */
  get reusesViews(): boolean {
    return this.#reusesViews;
  }

  /** From now on code may be half-way at any time, so that no view can be handed out again. */
  keepViewsApart(): void {
    this.#reusesViews = false;
  }

  /** Before each call of a processor's code. */
  beginCall(): void {
    if (this.#reusesViews) this.call++;
  }

  /** Slots that somebody in this lane holds. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Frames that were forgotten instead of released, as far as the garbage collector has found them. */
  get leaked(): number {
    return this.#leaked;
  }

  /** How often the segment had no slot for a frame. */
  get exhausted(): number {
    return this.#exhausted;
  }

  /**
   * A frame of the given shape whose `monotonicNs` is the pool's time and whose header is written. Its payload holds
   * whatever was there before. `known` is what its caller learnt about shapes so far, and is brought up to date.
   */
  acquire<View extends Frame, Shape>(
    type: FrameType<View, Shape>,
    shape: Shape,
    known: KnownShape = this.#anyShape,
  ): View {
    if (known.shape !== shape || known.type !== type) this.#learn(known, type, shape);
    this.#inUse++;
    const memory = this.#takeSlot(known) ?? this.#takePrivate(known.byteLength);
    const frame = memory.refer(type) as View;
    const { u32 } = memory;
    u32[0] = known.byteLength;
    u32[1] = known.typeId;
    // NB: two words written as numbers, because a bigint would be an allocation per frame.
    u32[2] = this.#time.lowNs;
    u32[3] = this.#time.highNs;
    const isAgain = known.shape === shape && memory.formatted === shape;
    if (!isAgain) {
      for (let word = FRAME_HEAD_BYTES / 4; word < type.headerBytes >> 2; word++) u32[word] = 0;
      memory.formatted = known.shape;
    }
    type.format(frame, shape, isAgain);
    return frame;
  }

  /** The view of a slot whose reference this lane took from a ring. */
  receive(slotId: number, typeOf: (typeId: number) => AnyFrameType): Frame {
    const memory = (this.slots as SegmentSlots).memoryOf(slotId);
    if (memory.references === 0) this.#inUse++;
    return memory.refer(typeOf(memory.u32[1] as number));
  }

  /**
   * Has one reference of this lane's ready that a ring may be given, for a view that its holder gives up. False when
   * the slot can have no more references.
   */
  tryPrepareGift(memory: SlotMemory): boolean {
    const { slotId, refsWord, shelf } = memory;
    const ledger = this.#ledger as SlotLedger;
    if (shelf !== undefined && !memory.lent) {
      ledger.acquire(slotId, refsWord);
      memory.lent = true;
      shelf.lend(memory);
    }
    return memory.references === 1 || ledger.held(slotId) > 1 || ledger.tryShare(slotId, refsWord);
  }

  /** Ends a view whose reference a ring was given. */
  gave(memory: SlotMemory): void {
    const ledger = this.#ledger as SlotLedger;
    ledger.gave(memory.slotId);
    if (--memory.references > 0) return;
    this.#inUse--;
    if (ledger.held(memory.slotId) > 0) ledger.release(memory.slotId, memory.refsWord);
  }

  /** Gives back a slot whose reference this lane took from a ring without looking at it. */
  discard(slotId: number): void {
    const ledger = this.#ledger as SlotLedger;
    const memory = (this.slots as SegmentSlots).memoryOf(slotId);
    if (memory.references > 0) ledger.releaseOne(slotId, memory.refsWord);
    else this.#release(memory);
  }

  /** A copy of a frame of this thread's memory in a slot of the segment; undefined when the segment is used up. */
  tryPublish(frame: Frame, type: AnyFrameType): Frame | undefined {
    const { byteLength } = frame;
    const slotBytes = slotBytesFor(byteLength + SLOT_PREFIX_BYTES);
    const memory = this.#takeSlot({ slotBytes, shelf: this.#shelfOf(slotBytes) });
    if (memory === undefined) return undefined;
    memory.u8.set(frame.slot.u8.subarray(0, byteLength));
    this.#inUse++;
    return memory.refer(type);
  }

  reclaim(memory: SlotMemory): void {
    this.#inUse--;
    if (memory.slotId === NO_SLOT) this.#keepPrivate(memory);
    else this.#release(memory);
  }

  forgotten(reference: SlotReference): void {
    this.#leaked++;
    const { memory } = reference;
    if (--memory.references === 0) this.reclaim(memory);
  }

  #learn(known: KnownShape, type: AnyFrameType, shape: unknown): void {
    const byteLength = type.byteLength(shape);
    if (byteLength > LARGEST_FRAME_BYTES) {
      const text = `a ${type.name} must have at most ${LARGEST_FRAME_BYTES} bytes, was ${byteLength}`;
      throw new StreamlibError('QUOTA', text, { path: 'shape' });
    }
    if (known.type !== type) {
      known.type = type;
      known.typeId = threadNames().intern(type.name);
    }
    known.shape = type.fixedShapes === true ? shape : undefined;
    known.byteLength = byteLength;
    known.slotBytes = slotBytesFor(byteLength + SLOT_PREFIX_BYTES);
    known.shelf = this.#shelfOf(known.slotBytes);
  }

  #takeSlot({ shelf, slotBytes }: Pick<KnownShape, 'shelf' | 'slotBytes'>): SlotMemory | undefined {
    const { slots } = this;
    if (slots === undefined) return undefined;
    return shelf.free.pop() ?? this.#takeBackOrGrow(slots, shelf, slotBytes);
  }

  #takeBackOrGrow(slots: SegmentSlots, shelf: SlotShelf, slotBytes: number): SlotMemory | undefined {
    const { ledger } = slots;
    const back = shelf.takeBack(ledger);
    if (back !== undefined) return back;
    slots.grow(slotBytes, shelf);
    const found = shelf.free.pop() ?? shelf.takeBack(ledger, shelf.lent);
    if (found === undefined) this.#exhausted++;
    return found;
  }

  /** Gives back what this lane holds of a slot of the segment that nobody in it refers to. */
  #release(memory: SlotMemory): void {
    const { shelf } = memory;
    if (shelf === undefined || memory.lent)
      (this.#ledger as SlotLedger).release(memory.slotId, memory.refsWord);
    else shelf.free.push(memory);
  }

  #shelfOf(slotBytes: number): SlotShelf {
    let shelf = this.#shelves.get(slotBytes);
    if (shelf === undefined) {
      shelf = new SlotShelf();
      this.#shelves.set(slotBytes, shelf);
    }
    return shelf;
  }

  #takePrivate(byteLength: number): SlotMemory {
    const size = slotBytesFor(byteLength);
    const kept = this.#privateShelves.get(size)?.pop();
    if (kept !== undefined) {
      this.#keptPrivateBytes -= size;
      return kept;
    }
    return new SlotMemory(this, {
      buffer: new ArrayBuffer(size),
      byteOffset: 0,
      byteLength: size,
      slotId: NO_SLOT,
    });
  }

  #keepPrivate(memory: SlotMemory): void {
    const size = memory.u8.length;
    if (this.#keptPrivateBytes + size > KEPT_PRIVATE_BYTES) return;
    this.#keptPrivateBytes += size;
    const kept = this.#privateShelves.get(size);
    if (kept === undefined) this.#privateShelves.set(size, [memory]);
    else kept.push(memory);
  }
}
