import { CHUNK_BYTES, LARGEST_CLASS_BYTES } from '../../../native/index.ts';

const SMALLEST_BYTES = 256;
const SMALLEST_LOG2 = 8;

/**
 * The class of slots that hold `byteLength` bytes, counted from 0: two sizes per octave, 256, 384, 512, 768, … bytes.
 * Undefined for what is larger than any class.
 */
export function sizeClassOf(byteLength: number): number | undefined {
  if (byteLength <= SMALLEST_BYTES) return 0;
  if (byteLength > LARGEST_CLASS_BYTES) return undefined;
  const log2 = 31 - Math.clz32(byteLength - 1);
  const isLower = byteLength <= 3 << (log2 - 1);
  return (log2 - SMALLEST_LOG2) * 2 + (isLower ? 1 : 2);
}

/** The size of the slots of a class. */
function slotBytesOf(sizeClass: number): number {
  const octave = SMALLEST_BYTES << (sizeClass >> 1);
  return sizeClass % 2 === 0 ? octave : octave + (octave >> 1);
}

/** The size of the slot that holds so many bytes; what is larger than any class is given whole chunks. */
export function slotBytesFor(byteLength: number): number {
  const sizeClass = sizeClassOf(byteLength);
  return sizeClass === undefined ? Math.ceil(byteLength / CHUNK_BYTES) * CHUNK_BYTES : slotBytesOf(sizeClass);
}
