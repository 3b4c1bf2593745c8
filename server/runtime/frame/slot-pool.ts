import { mediaClock } from '../clock.ts';
import { StreamlibError } from '../errors.ts';
import type { Frame, FrameType } from './frame-type.ts';
import type { SlotOwner, SlotReference } from './slot-reference.ts';
import { SlotMemory } from './slot-reference.ts';

const SMALLEST_SLOT_BYTES = 256;
const LARGEST_SLOT_BYTES = 1024 * 1024 * 1024;
/** What free slots may hold in all; more goes back to the garbage collector. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** How many references wait for `recycle` before further ones are simply forgotten. */
const RETIRED_LIMIT = 4096;

const TWO_32 = 2 ** 32;

/**
 * The frames of one lane: slots of memory in sizes of powers of two, handed out again when the last reference to
 * them is given back. In steady state a frame costs no allocation.
 */
export class SlotPool implements SlotOwner {
  readonly #free: SlotMemory[][] = [];
  readonly #retired: SlotReference[] = [];
  #keptBytes = 0;
  #inUse = 0;

  /** Slots that somebody holds. A frame that was forgotten instead of released counts for ever. */
  get inUse(): number {
    return this.#inUse;
  }

  /** A zeroed frame of the given shape whose `monotonicNs` is the present. */
  acquire<View extends Frame, Shape>(type: FrameType<View, Shape>, shape: Shape): View {
    const byteLength = type.byteLength(shape);
    const view = this.receive(type, byteLength);
    const { u8, u32 } = view.slot;
    u8.fill(0, 0, byteLength);
    u32[0] = byteLength;
    const ns = mediaClock.nowUs() * 1000;
    // NB: two words written as numbers, because a bigint would be an allocation per frame.
    u32[3] = ns / TWO_32;
    u32[2] = ns % TWO_32;
    type.format(view, shape);
    return view;
  }

  /** A frame with room for `byteLength` bytes, whose memory holds whatever was there before. */
  receive<View extends Frame, Shape>(type: FrameType<View, Shape>, byteLength: number): View {
    if (byteLength > LARGEST_SLOT_BYTES) {
      const text = `a ${type.name} must have at most ${LARGEST_SLOT_BYTES} bytes, was ${byteLength}`;
      throw new StreamlibError('QUOTA', text, { path: 'shape' });
    }
    const sizeClass = sizeClassOf(byteLength);
    const free = this.#free[sizeClass]?.pop();
    if (free !== undefined) this.#keptBytes -= free.u8.length;
    const memory = free ?? new SlotMemory(this, sizeClass, SMALLEST_SLOT_BYTES << sizeClass);
    this.#inUse++;
    return memory.refer(type).frame as View;
  }

  reclaim(memory: SlotMemory): void {
    this.#inUse--;
    if (this.#keptBytes + memory.u8.length > KEPT_BYTES) return;
    this.#keptBytes += memory.u8.length;
    const free = this.#free[memory.sizeClass];
    if (free === undefined) this.#free[memory.sizeClass] = [memory];
    else free.push(memory);
  }

  retire(reference: SlotReference): void {
    if (this.#retired.length < RETIRED_LIMIT) this.#retired.push(reference);
  }

  /**
   * Lets given-back frames be handed out as new ones. Called where no processor's code is half-way: until then a
   * `using` in it may still release a frame that it wrote long ago.
   */
  recycle(): void {
    for (const reference of this.#retired) reference.memory.reuse(reference);
    this.#retired.length = 0;
  }

  /** Instead of `recycle`, where code may be half-way at any time: such frames are not handed out again. */
  forgetRetired(): void {
    this.#retired.length = 0;
  }
}

function sizeClassOf(byteLength: number): number {
  return byteLength <= SMALLEST_SLOT_BYTES ? 0 : 32 - Math.clz32((byteLength - 1) >>> 8);
}
