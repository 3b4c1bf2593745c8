import { StreamlibError } from '../errors.ts';
import {
  CHANNELS_WORD,
  DATA_HEADER_BYTES,
  METADATA_CAPACITY_WORD,
  METADATA_USED_WORD,
  metadataEntryBytes,
} from './data-layout.ts';
import type { Slot } from './frame-type.ts';
import { threadNames } from './name-table.ts';

// NB: without ignoreBOM a text that begins with U+FEFF would lose it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Where the metadata of a data frame begins, in words. */
function startWord({ u32 }: Slot): number {
  const channels = u32[CHANNELS_WORD] as number;
  let values = 0;
  for (let i = 0; i < channels; i++) values += u32[DATA_HEADER_BYTES / 4 + i * 2 + 1] as number;
  return DATA_HEADER_BYTES / 4 + channels * 2 + values * 2;
}

/** All metadata of a data frame, in the order in which it was set. */
export function readMetadata(slot: Slot): Record<string, string> {
  const { u8, u32 } = slot;
  const metadata: [key: string, value: string][] = [];
  const start = startWord(slot);
  const end = start + (u32[METADATA_USED_WORD] as number) / 4;
  for (let at = start; at < end; at += metadataEntryBytes(u32[at + 1] as number) / 4) {
    const from = (at + 2) * 4;
    const value = decoder.decode(u8.subarray(from, from + (u32[at + 1] as number)));
    metadata.push([threadNames().nameOf(u32[at] as number), value]);
  }
  // NB: a key may be called __proto__, which an assignment would not make a field.
  return Object.fromEntries(metadata);
}

/** Sets one entry; throws QUOTA when the room that the frame reserved is too small for it. */
export function writeMetadata(slot: Slot, key: string, value: string): void {
  const { u8, u32 } = slot;
  const id = threadNames().intern(key);
  const bytes = encoder.encode(value);
  const start = startWord(slot);
  const used = u32[METADATA_USED_WORD] as number;
  const old = findEntry(slot, start, used, id);
  const oldBytes = old < 0 ? 0 : metadataEntryBytes(u32[old + 1] as number);
  const needed = metadataEntryBytes(bytes.length);
  const capacity = u32[METADATA_CAPACITY_WORD] as number;
  if (used - oldBytes + needed > capacity) {
    const text = `metadata ${JSON.stringify(key)} must fit the ${capacity} bytes that the frame reserved, was ${used - oldBytes + needed}`;
    throw new StreamlibError('QUOTA', text, { path: `metadata.${key}` });
  }
  if (old >= 0) u8.copyWithin(old * 4, old * 4 + oldBytes, start * 4 + used);
  const at = start + (used - oldBytes) / 4;
  u32[at] = id;
  u32[at + 1] = bytes.length;
  u8.set(bytes, (at + 2) * 4);
  u32[METADATA_USED_WORD] = used - oldBytes + needed;
}

function findEntry({ u32 }: Slot, start: number, used: number, id: number): number {
  for (let at = start; at < start + used / 4; at += metadataEntryBytes(u32[at + 1] as number) / 4) {
    if (u32[at] === id) return at;
  }
  return -1;
}
