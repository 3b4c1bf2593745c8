import type { Frame, Slot } from './frame-type.ts';

/** What the views of all frame types have in common: the header of frame-type.ts and the way to let go. */
export abstract class FrameView implements Frame {
  readonly slot: Slot;
  readonly #release: () => void;

  constructor(slot: Slot, release: () => void) {
    this.slot = slot;
    this.#release = release;
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

  release(): void {
    this.#release();
  }

  [Symbol.dispose](): void {
    this.#release();
  }
}
