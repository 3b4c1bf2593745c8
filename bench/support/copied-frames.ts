import { RingBuffer } from 'ringbuf.js';

/** How many values a frame has: 1 KiB. */
export const FRAME_VALUES = 128;
/** How many frames wait at most. */
export const CAPACITY_FRAMES = 1024;

/** Memory for a ring of ringbuf.js with room for so many frames. */
export const createCopyRing = (): SharedArrayBuffer =>
  // NB: its types ask for arrays where it takes their classes.
  RingBuffer.getStorageForCapacity(CAPACITY_FRAMES * FRAME_VALUES, Float64Array as never);

/** One end of the ring in this memory. */
export const openCopyRing = (memory: SharedArrayBuffer): RingBuffer =>
  new RingBuffer(memory, Float64Array as never);
