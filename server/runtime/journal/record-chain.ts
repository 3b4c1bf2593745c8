import { hash as digestOf, randomBytes } from 'node:crypto';
import { crc32c } from './crc32c.ts';

/** SHA-256, shortened: 128 bits tell accidents and swapped files apart; nothing here defends against a forger. */
export const HASH_BYTES = 16;

/** The checks that are stored beside a record. */
export interface RecordSeal {
  /** SHA-256 of the hash before it and the record's own bytes, its first 16 bytes. */
  readonly hash: Uint8Array;
  /** CRC-32C of the record's bytes and its hash: tells a flipped bit in either without the record before. */
  readonly crc: number;
}

/** The hash before the first record: drawn once per journal, so that files of two journals are not taken for one. */
export const drawJournalId = (): Uint8Array => new Uint8Array(randomBytes(HASH_BYTES));

/** The seal of a record that follows the one with the hash `before`. */
export function sealRecord(before: Uint8Array, bytes: Uint8Array): RecordSeal {
  const hash = shortDigest(before, bytes);
  return { hash, crc: recordCrc(bytes, hash) };
}

/** The CRC-32C of a record's bytes and its hash. */
export const recordCrc = (bytes: Uint8Array, hash: Uint8Array): number => crc32c(hash, crc32c(bytes));

/** The first 16 bytes of the SHA-256 of the parts, one after the other. */
export function shortDigest(...parts: readonly Uint8Array[]): Uint8Array {
  return digestOf('sha256', Buffer.concat(parts), 'buffer').subarray(0, HASH_BYTES);
}

/** Whether two hashes are the same. */
export const isSameHash = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
