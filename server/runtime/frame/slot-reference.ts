import { StreamlibError } from '../errors.ts';
import type { Frame, FrameType, Slot } from './frame-type.ts';
import type { SlotMemory } from './slot-memory.ts';

// biome-ignore lint/suspicious/noExplicitAny: a slot holds frames of any type
export type AnyFrameType = FrameType<any, any>;

/** Tells mistakes that cost a check per access: all builds but those with NODE_ENV=production. */
export const CHECKED = process.env.NODE_ENV !== 'production';

// A view that was dropped while it was held gives its reference back when it is collected, and is counted as a leak.
const dropped = new FinalizationRegistry<SlotReference>((reference) => {
  if (reference.held) reference.memory.owner.forgotten(reference);
});

/**
 * One holder's reference to a slot, and the slot as the holder's frame sees it. Using it after it was given back
 * throws, except in production builds. It does not refer to its frame, so that a forgotten frame can be collected.
 */
export class SlotReference implements Slot {
  readonly memory: SlotMemory;
  readonly slotId: number;
  readonly type: AnyFrameType;
  #held = true;

  /** A new view of a slot, held. */
  static create(memory: SlotMemory, type: AnyFrameType): Frame {
    const reference = new SlotReference(memory, type);
    const frame: Frame = type.view(reference);
    dropped.register(frame, reference);
    return frame;
  }

  private constructor(memory: SlotMemory, type: AnyFrameType) {
    this.memory = memory;
    this.slotId = memory.slotId;
    this.type = type;
  }

  get held(): boolean {
    return this.#held;
  }

  get u8(): Uint8Array {
    if (CHECKED && !this.#held) throw misuseOf(this);
    return this.memory.u8;
  }

  get u32(): Uint32Array {
    if (CHECKED && !this.#held) throw misuseOf(this);
    return this.memory.u32;
  }

  get f32(): Float32Array {
    if (CHECKED && !this.#held) throw misuseOf(this);
    return this.memory.f32;
  }

  get f64(): Float64Array {
    if (CHECKED && !this.#held) throw misuseOf(this);
    return this.memory.f64;
  }

  get capacityBytes(): number {
    return this.memory.u8.length;
  }

  /** Header and payload of the frame in the slot. */
  bytes(): Uint8Array {
    return this.memory.bytes(this.u32[0] as number);
  }

  hold(): void {
    this.#held = true;
  }

  /** Ends the view for its holder; `hold` makes it the next one's. */
  queue(): void {
    this.#held = false;
  }

  /** Gives the reference back; the second time does nothing, so that `using` may follow a `write`. */
  release(frame: Frame): void {
    if (!this.#held) return;
    this.let(frame);
    const { memory } = this;
    if (--memory.references === 0) memory.owner.reclaim(memory);
  }

  /** Ends the view; whoever calls it has taken its reference over. */
  let(frame: Frame): void {
    this.#held = false;
    this.memory.rest(frame, this.type);
  }
}

function misuseOf(slot: Slot): StreamlibError {
  const text =
    slot instanceof SlotReference
      ? `a ${slot.type.name} was used after it was released or written`
      : 'a frame was written that no output acquired';
  return new StreamlibError('INTERNAL', text);
}

/** The reference behind a frame that is still held. Throws when it was released, or comes from no pool. */
export function referenceOf(frame: Frame): SlotReference {
  const reference = frame.slot as SlotReference;
  // NB: `held` of a slot that comes from elsewhere is undefined, and testing it costs less than asking for the class.
  if (!reference.held) throw misuseOf(reference);
  return reference;
}

/** The type that a frame was made as, which an `any` input does not know beforehand. */
export function frameTypeOf(frame: Frame): AnyFrameType {
  return referenceOf(frame).type;
}

/** A second reference to the same slot, which its holder releases by itself. Both sides only read from now on. */
export function shareFrame<View extends Frame>(frame: View): View {
  const reference = referenceOf(frame);
  return reference.memory.refer(reference.type) as View;
}

/** Moves the reference to a new holder: `frame` ends here and what comes back is the frame from now on. */
export function passFrame<View extends Frame>(frame: View): View {
  const reference = referenceOf(frame);
  const passed = reference.memory.refer(reference.type) as View;
  reference.memory.references--;
  reference.let(frame);
  return passed;
}
