import type { Frame, Slot } from './frame-type.ts';

const TWO_32 = 2 ** 32;

/** What the views of all frame types have in common: the header of frame-type.ts and the way to let go. */
export abstract class FrameView implements Frame {
  readonly slot: Slot;

  constructor(slot: Slot) {
    this.slot = slot;
  }

  get byteLength(): number {
    return this.slot.u32[0] as number;
  }

  get monotonicNs(): bigint {
    const { u32 } = this.slot;
    return (BigInt(u32[3] as number) << 32n) | BigInt(u32[2] as number);
  }

  set monotonicNs(ns: bigint) {
    const { u32 } = this.slot;
    u32[2] = Number(ns & 0xffffffffn);
    u32[3] = Number(ns >> 32n);
  }

  get monotonicUs(): number {
    const { u32 } = this.slot;
    return ((u32[3] as number) * TWO_32 + (u32[2] as number)) / 1000;
  }

  set monotonicUs(us: number) {
    const { u32 } = this.slot;
    const ns = Math.round(us * 1000);
    u32[3] = ns / TWO_32;
    u32[2] = ns % TWO_32;
  }

  /** Takes over the time of another frame, with no number of its own on the way. */
  stampAs({ slot }: FrameView): void {
    const { u32 } = this.slot;
    u32[2] = slot.u32[2] as number;
    u32[3] = slot.u32[3] as number;
  }

  release(): void {
    this.slot.release(this);
  }

  [Symbol.dispose](): void {
    this.slot.release(this);
  }
}
