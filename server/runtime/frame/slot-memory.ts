import { SLOT_PREFIX_BYTES } from '../../../native/index.ts';
import type { Frame } from './frame-type.ts';
import { type AnyFrameType, SlotReference } from './slot-reference.ts';
import type { SlotShelf } from './slot-shelf.ts';
import { SpareViews } from './spare-views.ts';

/** Where slots go when they are given back, and what decides when their views are handed out again. */
export interface SlotOwner {
  /**
   * Counted up with each call of a processor's code: a view that was given back is not handed out again in the same
   * call, in which a `using` may still be open that would release it once more.
   */
  readonly call: number;
  /** Whether views that were given back are handed out again at all. */
  readonly reusesViews: boolean;
  /** Nobody in this lane refers to the slot any more. */
  reclaim(memory: SlotMemory): void;
  /** A view was forgotten instead of given back. */
  forgotten(reference: SlotReference): void;
}

/** The id of memory that is no slot of the segment. */
export const NO_SLOT = -1;

/** What a slot's memory is made from. */
export interface SlotPlace {
  readonly buffer: ArrayBuffer;
  /** Where the frame begins. */
  readonly byteOffset: number;
  readonly byteLength: number;
  /** NO_SLOT for memory of this thread. */
  readonly slotId: number;
}

/** The memory of one slot as one thread sees it, shared by all views in this thread and counted by them. */
export class SlotMemory {
  readonly slotId: number;
  /** The word of the slot's references, of a slot of the segment. */
  readonly refsWord: number;
  readonly owner: SlotOwner;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  /** Views that are held in this thread, or wait in its queues. */
  references = 0;
  /** Where the lane that hands the slot out keeps it while nobody holds it; undefined in other lanes. */
  shelf: SlotShelf | undefined;
  /**
   * Of an own slot: whether other lanes were shown it. Only then its references are counted in the segment, and it has
   * to be looked at before it is handed out again.
   */
  lent = false;
  /** The shape that the header was last written for, of a type whose shapes do not change. */
  formatted: unknown;
  #f32: Float32Array | undefined;
  #f64: Float64Array | undefined;
  #bytes: Uint8Array;
  /** A view that may be handed out again; nearly always there is one. */
  #idle: Frame | undefined;
  #idleType: AnyFrameType | undefined;
  #idleSince = 0;
  /** Further ones, by their types. */
  #spare: Map<AnyFrameType, SpareViews> | undefined;

  constructor(owner: SlotOwner, { buffer, byteOffset, byteLength, slotId }: SlotPlace) {
    this.owner = owner;
    this.slotId = slotId;
    this.refsWord = (byteOffset - SLOT_PREFIX_BYTES) >> 2;
    this.u8 = new Uint8Array(buffer, byteOffset, byteLength);
    this.u32 = new Uint32Array(buffer, byteOffset, byteLength >> 2);
    this.#bytes = this.u8;
  }

  // NB: made when they are first asked for, because a frame of sound needs no f64 and a thread may map many slots.
  get f32(): Float32Array {
    this.#f32 ??= new Float32Array(this.u8.buffer, this.u8.byteOffset, this.u32.length);
    return this.#f32;
  }

  get f64(): Float64Array {
    this.#f64 ??= new Float64Array(this.u8.buffer, this.u8.byteOffset, this.u8.length >> 3);
    return this.#f64;
  }

  /** One more view, held. */
  refer(type: AnyFrameType): Frame {
    this.references++;
    const frame = this.#idle;
    if (frame === undefined || type !== this.#idleType || this.#idleSince === this.owner.call)
      return this.#referSpare(type);
    this.#idle = undefined;
    (frame.slot as SlotReference).hold();
    return frame;
  }

  /** Keeps a view that was given back, to be handed out again. */
  rest(frame: Frame, type: AnyFrameType): void {
    if (this.#idle === undefined) {
      this.#idle = frame;
      if (type !== this.#idleType) this.#idleType = type;
      this.#idleSince = this.owner.call;
      return;
    }
    if (!this.owner.reusesViews) return;
    this.#spare ??= new Map();
    let spare = this.#spare.get(type);
    if (spare === undefined) {
      spare = new SpareViews();
      this.#spare.set(type, spare);
    }
    spare.put(frame, this.owner.call);
  }

  #referSpare(type: AnyFrameType): Frame {
    const frame = this.#spare?.get(type)?.take(this.owner.call);
    if (frame === undefined) return SlotReference.create(this, type);
    (frame.slot as SlotReference).hold();
    return frame;
  }

  /** The first `length` bytes. */
  bytes(length: number): Uint8Array {
    if (this.#bytes.length !== length) this.#bytes = this.u8.subarray(0, length);
    return this.#bytes;
  }
}
