import type { MessageInitShape } from '@bufbuild/protobuf';
import type { FrameSchema } from '../../../gen/ts/streamlib/v1/frame_pb.ts';
import type { JsonValue } from '../json.ts';

/**
 * A piece of memory that holds one frame. Its typed arrays are made once and live as long as the slot.
 *
 * ```
 *  0        4        8               16                                    byteLength
 *  ┌────────┬────────┬───────────────┬──────────────────────┬───────────────┐
 *  │ bytes  │ type id│ monotonic_ns  │ header of the type   │ payload       │
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
  /** Gives back the reference of the frame that has this slot. A second call does nothing. */
  release(frame: Frame): void;
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
  /** The same in microseconds as a number, as `clock.nowUs()` gives it: no allocation. */
  monotonicUs: number;
  release(): void;
  [Symbol.dispose](): void;
}

/**
 * A frame as plain values, from which `create(FrameSchema, …)` makes the schema's `Frame` message. It shares no
 * memory with the frame. Only types: a lane loads no Protobuf library.
 */
export type FrameInit = Exclude<MessageInitShape<typeof FrameSchema>, { readonly $typeName: string }>;

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
  /** Makes a view of a slot; it is reused for other frames in the same slot. */
  view(slot: Slot): View;
  /** Whether a shape object never changes once it was used, so that what it means need be worked out only once. */
  readonly fixedShapes?: boolean;
  /**
   * Writes the type's header, which is zeroed up to `headerBytes`; the common header is already there. `again`, with
   * `fixedShapes` only: the header is that of another frame of the same shape object, so that only what its holder may
   * have changed has to be written.
   */
  format(view: View, shape: Shape, again: boolean): void;
  /** The frame as plain JSON, for logs, taps and JSON sinks. */
  toJson(view: View): JsonValue;
  /** The frame for the API. Without it, that is an `OpaqueFrame` around what `encode` gives. */
  toProto?(view: View): FrameInit;
  /**
   * The content of the frame in a form that means the same in another process and on another machine: names and not
   * their ids, no padding. The types that streamlib comes with give the bytes of their message in
   * proto/streamlib/v1/frame.proto. What comes back shares no memory with the frame. `encodeFrame` puts the name of
   * the type before it.
   */
  encode(view: View): Uint8Array;
  /**
   * The same without the payload, for observers of frames that are too large for them. Without it, they see an
   * `OpaqueFrame` without data.
   */
  encodeHeader?(view: View): Uint8Array;
  /**
   * Makes a frame with `acquire` that equals the encoded one, its `monotonicNs` included where `encode` wrote it.
   * Throws FIELD_INVALID for bytes that `encode` cannot have given, and has acquired nothing then.
   */
  decode(bytes: Uint8Array, acquire: (shape: Shape) => View): View;
}

/** The view of a frame type, for use in signatures: `FrameOf<typeof DataFrame>`. */
export type FrameOf<Type> = Type extends FrameType<infer View, infer _Shape> ? View : Frame;
/** What `acquire` of a frame type takes. */
export type ShapeOf<Type> = Type extends FrameType<infer _View, infer Shape> ? Shape : never;
