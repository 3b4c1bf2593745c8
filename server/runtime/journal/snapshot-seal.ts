import { shortDigest } from './record-chain.ts';

/** A snapshot as it is stored. */
export interface SealedSnapshot {
  readonly sequence: number;
  /** Those of its last record. */
  readonly revision: number;
  readonly wallTimeMs: number;
  readonly payload: Uint8Array;
  /** The hash of its last record: the chain goes on from here when the record itself is gone. */
  readonly hash: Uint8Array;
  /** Over all of the above. */
  readonly digest: Uint8Array;
}

/** A snapshot with its digest. */
export function sealSnapshot(snapshot: Omit<SealedSnapshot, 'digest'>): SealedSnapshot {
  const { sequence, revision, wallTimeMs, payload, hash } = snapshot;
  const header = new Uint8Array(new Float64Array([sequence, revision, wallTimeMs]).buffer);
  return { ...snapshot, digest: shortDigest(header, hash, payload) };
}
