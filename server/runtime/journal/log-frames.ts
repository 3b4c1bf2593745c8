import { closeSync, openSync, readSync } from 'node:fs';

// SQLite's write-ahead log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The lowest bit says in which order the words of checksums are read. */
const MAGIC = 0x377f0682;

/**
 * Whether SQLite would find a committed transaction in a log. It takes one without any for rubbish, and deletes it in
 * closing even what was opened to be read: such a log, which may be a damaged one, must not be shown to it.
 */
export function hasCommittedFrame(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const header = read(fd, 0, HEADER_BYTES);
    if (header === undefined) return false;
    const magic = header.readUInt32BE(0);
    if (magic !== MAGIC && magic !== MAGIC + 1) return false;
    const isLittle = magic === MAGIC;
    const pageBytes = header.readUInt32BE(8);
    const isPage = pageBytes >= 512 && pageBytes <= 65_536 && (pageBytes & (pageBytes - 1)) === 0;
    let sum = checksum([0, 0], header.subarray(0, 24), isLittle);
    if (!isPage || !isSum(header, 24, sum)) return false;

    const frameBytes = FRAME_HEADER_BYTES + pageBytes;
    for (let at = HEADER_BYTES; ; at += frameBytes) {
      const frame = read(fd, at, frameBytes);
      if (frame === undefined) return false;
      // A page that is there, and the salt of this log and not of an earlier use of the file.
      const isOfLog = frame.readUInt32BE(0) !== 0 && frame.compare(header, 16, 24, 8, 16) === 0;
      sum = checksum(sum, frame.subarray(0, 8), isLittle);
      sum = checksum(sum, frame.subarray(FRAME_HEADER_BYTES), isLittle);
      if (!isOfLog || !isSum(frame, 16, sum)) return false;
      const isCommit = frame.readUInt32BE(4) !== 0;
      if (isCommit) return true;
    }
  } finally {
    closeSync(fd);
  }
}

type Sum = readonly [number, number];

function checksum([first, second]: Sum, bytes: Buffer, isLittle: boolean): Sum {
  let [a, b] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)) + b) >>> 0;
    b = (b + (isLittle ? bytes.readUInt32LE(at + 4) : bytes.readUInt32BE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

const isSum = (bytes: Buffer, at: number, [a, b]: Sum): boolean =>
  bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;

function read(fd: number, position: number, byteCount: number): Buffer | undefined {
  const bytes = Buffer.alloc(byteCount);
  return readSync(fd, bytes, 0, byteCount, position) === byteCount ? bytes : undefined;
}
