import {
  CHUNK_BYTES,
  HEADER_CHUNK_LIMIT_WORD,
  HEADER_CHUNKS_USED_WORD,
  HEADER_SLOTS_USED_WORD,
  type SegmentHandle,
  segmentBuffer,
  segmentClose,
  segmentCreate,
  segmentId,
  segmentOpen,
} from '../../../native/index.ts';

/** The memory that all lanes of a runtime map, as one thread sees it. Its layout stands in native/core/layout.h. */
export interface Segment {
  readonly handle: SegmentHandle;
  /** By which the other threads of this process open it. */
  readonly id: number;
  readonly buffer: ArrayBuffer;
  /** The whole segment in words. */
  readonly words: Int32Array;
}

/** Makes a segment whose frames may take `dataBytes` in all; its pages cost nothing until they are touched. */
export const createSegment = (dataBytes: number): Segment => mapped(segmentCreate(dataBytes));

/** Opens a segment of this process in this thread. */
export const openSegment = (id: number): Segment => mapped(segmentOpen(id));

/** Closes this thread's handle. The memory is given back when the last thread has closed its own. */
export const closeSegment = ({ handle }: Segment): void => segmentClose(handle);

/** How much of a segment frames have taken. */
export interface FrameMemory {
  readonly limitBytes: number;
  readonly reservedBytes: number;
  readonly slots: number;
}

/** Looks at a segment; any thread, at any time. */
export function frameMemoryOf({ words }: Segment): FrameMemory {
  return {
    limitBytes: Atomics.load(words, HEADER_CHUNK_LIMIT_WORD) * CHUNK_BYTES,
    reservedBytes: Atomics.load(words, HEADER_CHUNKS_USED_WORD) * CHUNK_BYTES,
    slots: Atomics.load(words, HEADER_SLOTS_USED_WORD),
  };
}

function mapped(handle: SegmentHandle): Segment {
  const buffer = segmentBuffer(handle);
  return { handle, id: segmentId(handle), buffer, words: new Int32Array(buffer) };
}
