import { StreamlibError } from '../errors.ts';
import type { Frame, FrameType, Slot } from './frame-type.ts';

// biome-ignore lint/suspicious/noExplicitAny: a slot holds frames of any type
export type AnyFrameType = FrameType<any, any>;

/** Tells mistakes that cost a check per access: all builds but those with NODE_ENV=production. */
const CHECKED = process.env.NODE_ENV !== 'production';

/** Where references go when they are given back. */
export interface SlotOwner {
  reclaim(memory: SlotMemory): void;
  retire(reference: SlotReference): void;
}

/** The memory of one slot, shared by all references to it and counted by them. */
export class SlotMemory {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly sizeClass: number;
  readonly owner: SlotOwner;
  references = 0;
  /** References that may be handed out again, by the type of their view. */
  readonly #idle = new Map<AnyFrameType, SlotReference[]>();
  #bytes: Uint8Array;

  constructor(owner: SlotOwner, sizeClass: number, byteLength: number) {
    const buffer = new ArrayBuffer(byteLength);
    this.owner = owner;
    this.sizeClass = sizeClass;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.#bytes = this.u8;
  }

  /** One more reference, with a view of its own. */
  refer(type: AnyFrameType): SlotReference {
    const reference = this.#idle.get(type)?.pop() ?? new SlotReference(this, type);
    reference.hold();
    this.references++;
    return reference;
  }

  /** Lets a reference be handed out again. */
  reuse(reference: SlotReference): void {
    const idle = this.#idle.get(reference.type);
    if (idle === undefined) this.#idle.set(reference.type, [reference]);
    else idle.push(reference);
  }

  /** The first `length` bytes. */
  bytes(length: number): Uint8Array {
    if (this.#bytes.length !== length) this.#bytes = this.u8.subarray(0, length);
    return this.#bytes;
  }
}

/**
 * One holder's reference to a slot, and the slot as the holder's frame sees it. Using it after it was given back
 * throws, except in production builds.
 */
export class SlotReference implements Slot {
  readonly memory: SlotMemory;
  readonly type: AnyFrameType;
  readonly frame: Frame;
  #held = false;

  constructor(memory: SlotMemory, type: AnyFrameType) {
    this.memory = memory;
    this.type = type;
    this.frame = type.view(this, () => this.release());
  }

  get held(): boolean {
    return this.#held;
  }

  get u8(): Uint8Array {
    if (CHECKED && !this.#held) throw this.#misuse();
    return this.memory.u8;
  }

  get u32(): Uint32Array {
    if (CHECKED && !this.#held) throw this.#misuse();
    return this.memory.u32;
  }

  get f32(): Float32Array {
    if (CHECKED && !this.#held) throw this.#misuse();
    return this.memory.f32;
  }

  get f64(): Float64Array {
    if (CHECKED && !this.#held) throw this.#misuse();
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

  /** Gives the reference back; the second time does nothing, so that `using` may follow a `write`. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    const { memory } = this;
    memory.owner.retire(this);
    if (--memory.references === 0) memory.owner.reclaim(memory);
  }

  #misuse(): StreamlibError {
    return new StreamlibError('INTERNAL', `a ${this.type.name} was used after it was released or written`);
  }
}

/** The reference behind a frame that is still held. Throws when it was released, or comes from no pool. */
export function referenceOf(frame: Frame): SlotReference {
  const reference = frame.slot;
  if (!(reference instanceof SlotReference)) {
    throw new StreamlibError('INTERNAL', 'a frame was written that no output acquired');
  }
  if (!reference.held) {
    throw new StreamlibError(
      'INTERNAL',
      `a ${reference.type.name} was used after it was released or written`,
    );
  }
  return reference;
}

/** The type that a frame was made as, which an `any` input does not know beforehand. */
export function frameTypeOf(frame: Frame): AnyFrameType {
  return referenceOf(frame).type;
}

/** A second reference to the same slot, which its holder releases by itself. Both sides only read from now on. */
export function shareFrame<View extends Frame>(frame: View): View {
  const reference = referenceOf(frame);
  return reference.memory.refer(reference.type).frame as View;
}

/** Moves the reference to a new holder: `frame` ends here and what comes back is the frame from now on. */
export function passFrame<View extends Frame>(frame: View): View {
  const passed = shareFrame(frame);
  frame.release();
  return passed;
}
