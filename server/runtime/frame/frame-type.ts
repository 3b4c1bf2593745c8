import type { JsonValue } from '../json.ts';

/**
 * A piece of memory that holds one frame. Its typed arrays are made once and live as long as the slot.
 *
 * ```
 *  0        4        8               16                                    byteLength
 *  ┌────────┬────────┬───────────────┬──────────────────────┬───────────────┐
 *  │ bytes  │ 0      │ monotonic_ns  │ header of the type   │ payload       │
 *  │ u32    │ u32    │ u64           │ to headerBytes       │               │
 *  └────────┴────────┴───────────────┴──────────────────────┴───────────────┘
 * ```
 * All numbers are little-endian; offsets of f64 fields are multiples of 8.
 */
export interface Slot {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  /** What the slot can hold, header included. */
  readonly capacityBytes: number;
}

/** Bytes of the header that every frame type shares. */
export const COMMON_HEADER_BYTES = 16;

/**
 * A frame in the hands of a processor. It is released with `using`, by `release()`, or by writing it to an
 * output, which gives the reference away; after that it must not be touched.
 */
export interface Frame {
  readonly slot: Slot;
  /** Header and payload, in bytes. */
  readonly byteLength: number;
  /** When the frame was made: CLOCK_MONOTONIC, nanoseconds. */
  monotonicNs: bigint;
  release(): void;
  [Symbol.dispose](): void;
}

/**
 * How frames of one type lie in memory. A view is made once per slot and reused, so that a frame costs no
 * allocation in steady state.
 */
export interface FrameType<View extends Frame = Frame, Shape = never> {
  /** As ports show it: `DataFrame`, `AudioFrame<2>`. */
  readonly name: string;
  /** Of the memory layout. */
  readonly version: number;
  /** Common header included; a multiple of 8. */
  readonly headerBytes: number;
  /** How large a slot a frame of this shape needs. */
  byteLength(shape: Shape): number;
  /** Makes the view of a slot. `release` is called when the view is released; a second call does nothing. */
  view(slot: Slot, release: () => void): View;
  /** Writes the type's header into a zeroed slot whose common header is already there. */
  format(view: View, shape: Shape): void;
  /** The frame as plain JSON, for logs, taps and JSON sinks. */
  toJson(view: View): JsonValue;
}

/** The view of a frame type, for use in signatures: `FrameOf<typeof DataFrame>`. */
export type FrameOf<Type> = Type extends FrameType<infer View, infer _Shape> ? View : Frame;
/** What `acquire` of a frame type takes. */
export type ShapeOf<Type> = Type extends FrameType<infer _View, infer Shape> ? Shape : never;
