import { readSync } from 'node:fs';

/** Fills a buffer from a place in a file, as far as the file goes, and answers how many bytes that were. */
export function fillFrom(file: number, bytes: Buffer, position: number): number {
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(file, bytes, filled, bytes.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
