import type { SlotMemory } from '../frame/slot-reference.ts';
import type { Ring } from './ring.ts';

/** Up to here a loop over words is cheaper than a view per copy, and allocates nothing. */
const LOOP_BYTES = 1024;

/** Copies a frame's bytes to a position of the arena, around its end if need be. */
export function copyIntoArena(memory: SlotMemory, byteLength: number, ring: Ring, position: number): void {
  const start = position & (ring.arenaBytes - 1);
  if (byteLength <= LOOP_BYTES) {
    const { words } = ring;
    const mask = words.length - 1;
    const source = memory.u32;
    for (let from = 0, to = start >> 2; from * 4 < byteLength; from++, to++)
      words[to & mask] = source[from] as number;
    return;
  }
  const first = Math.min(byteLength, ring.arenaBytes - start);
  const source = memory.bytes(byteLength);
  if (first === byteLength) ring.bytes.set(source, start);
  else {
    ring.bytes.set(source.subarray(0, first), start);
    ring.bytes.set(source.subarray(first), 0);
  }
}

/** The reverse. What it copies may be torn if the producer dropped the frame meanwhile. */
export function copyFromArena(ring: Ring, position: number, byteLength: number, memory: SlotMemory): void {
  const start = position & (ring.arenaBytes - 1);
  if (byteLength <= LOOP_BYTES) {
    const { words } = ring;
    const mask = words.length - 1;
    const target = memory.u32;
    for (let to = 0, from = start >> 2; to * 4 < byteLength; to++, from++)
      target[to] = words[from & mask] as number;
    return;
  }
  const first = Math.min(byteLength, ring.arenaBytes - start);
  memory.u8.set(ring.bytes.subarray(start, start + first), 0);
  if (first < byteLength) memory.u8.set(ring.bytes.subarray(0, byteLength - first), first);
}
