import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32c } from './crc32c.ts';
import { damaged, isSystemError } from './journal-errors.ts';
import { HASH_BYTES } from './record-chain.ts';

/** The last record that a caller was told is durable. */
export interface Acknowledgement {
  readonly sequence: number;
  readonly revision: number;
  readonly hash: Uint8Array;
}

/** What the file says. */
export interface AcknowledgedState {
  readonly journalId: Uint8Array;
  readonly acknowledged: Acknowledgement;
}

/*
 * Two slots, each on a page of its own. The valid slot with the higher turn holds. Writes go to the one and the same slot
 * until it was synced, then to the other, so that a torn write leaves one that was synced. Little-endian:
 *
 *  0        8      16           32         40         48      64      68
 *  ┌────────┬──────┬────────────┬──────────┬──────────┬───────┬───────┐
 *  │ magic  │ turn │ journal id │ sequence │ revision │ hash  │ crc   │
 *  │ 8 B    │ f64  │ 16 B       │ f64      │ f64      │ 16 B  │ u32   │
 *  └────────┴──────┴────────────┴──────────┴──────────┴───────┴───────┘
 */
const SLOT_STRIDE_BYTES = 4096;
const SLOT_BYTES = 68;
const CHECKED_BYTES = SLOT_BYTES - 4;
const MAGIC = Buffer.from('SLjrnl-1');

interface Slot extends AcknowledgedState {
  readonly turn: number;
}

/** A slot, and which of the two it is. */
interface FoundSlot extends Slot {
  readonly index: number;
}

/**
 * The file that says how far the database must reach: it tells a lost tail, which SQLite takes for an older state.
 *
 * It is written after the records are durable, so it never says too much, and it is synced a little later than they, so
 * that an append costs one sync and not two. What that leaves open is the loss of records that SQLite had synced, at a
 * power cut within that little while: a disk that lies. A killed process loses nothing here, since the kernel has it.
 */
export class AcknowledgedFile implements Disposable {
  readonly #fd: number;
  readonly #journalId: Uint8Array;
  #turn: number;
  #slot: number;
  #isDirty = false;

  /** Makes it, durable and whole or not at all. */
  static create(path: string, journalId: Uint8Array): void {
    const bytes = new Uint8Array(2 * SLOT_STRIDE_BYTES);
    const acknowledged = { sequence: 0, revision: 0, hash: journalId };
    bytes.set(encodeSlot({ turn: 1, journalId, acknowledged }), SLOT_STRIDE_BYTES);
    const fd = openSync(`${path}.new`, 'w', 0o600);
    try {
      writeAll(fd, bytes, 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(`${path}.new`, path);
    syncDirectory(dirname(path));
  }

  /** What it says; undefined when there is none. Throws JOURNAL_DAMAGED when neither slot can be read. */
  static read(path: string): AcknowledgedState | undefined {
    return readNewest(path);
  }

  /** To be written. It must have been read and be whole. */
  constructor(path: string) {
    const newest = readNewest(path);
    if (newest === undefined) throw damaged(path, 'it is missing');
    this.#journalId = newest.journalId;
    this.#turn = newest.turn;
    this.#slot = 1 - newest.index;
    this.#fd = openSync(path, 'r+');
  }

  /** In the kernel when it returns. After an error that slot is not known, and the other still holds. */
  write(acknowledged: Acknowledgement): void {
    const turn = this.#turn + 1;
    const slot = encodeSlot({ turn, journalId: this.#journalId, acknowledged });
    this.#isDirty = true;
    writeAll(this.#fd, slot, this.#slot * SLOT_STRIDE_BYTES);
    this.#turn = turn;
  }

  /** On the disk when it returns. */
  sync(): void {
    if (!this.#isDirty) return;
    fdatasyncSync(this.#fd);
    this.#isDirty = false;
    this.#slot = 1 - this.#slot;
  }

  /** Synced before it is closed, if the disk lets it. */
  [Symbol.dispose](): void {
    try {
      this.sync();
    } finally {
      closeSync(this.#fd);
    }
  }
}

/** Makes the entries of a directory durable. */
export function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(join(directory, '.'), 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function readNewest(path: string): FoundSlot | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
  const slots = [0, 1].flatMap((index) => {
    const slot = decodeSlot(bytes.subarray(index * SLOT_STRIDE_BYTES));
    return slot === undefined ? [] : [{ ...slot, index }];
  });
  const newest = slots.toSorted((a, b) => b.turn - a.turn)[0];
  if (newest === undefined) throw damaged(path, 'neither of its two slots has its checksum');
  return newest;
}

function encodeSlot({ turn, journalId, acknowledged }: Slot): Uint8Array {
  const slot = new Uint8Array(SLOT_BYTES);
  const view = new DataView(slot.buffer);
  slot.set(MAGIC, 0);
  view.setFloat64(8, turn, true);
  slot.set(journalId, 16);
  view.setFloat64(32, acknowledged.sequence, true);
  view.setFloat64(40, acknowledged.revision, true);
  slot.set(acknowledged.hash, 48);
  view.setUint32(CHECKED_BYTES, crc32c(slot.subarray(0, CHECKED_BYTES)), true);
  return slot;
}

function decodeSlot(bytes: Uint8Array): Slot | undefined {
  if (bytes.length < SLOT_BYTES || Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0)
    return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SLOT_BYTES);
  if (view.getUint32(CHECKED_BYTES, true) !== crc32c(bytes.subarray(0, CHECKED_BYTES))) return undefined;
  return {
    turn: view.getFloat64(8, true),
    journalId: bytes.slice(16, 16 + HASH_BYTES),
    acknowledged: {
      sequence: view.getFloat64(32, true),
      revision: view.getFloat64(40, true),
      hash: bytes.slice(48, 48 + HASH_BYTES),
    },
  };
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}
