import { createHash } from 'node:crypto';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { RememberedRequest, StoredSnapshot } from '../../../gen/ts/streamlib/v1/journal_pb.ts';

/** How long, and how many, requests are remembered: what API.md promises. */
export const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** How many requests are remembered at most. */
export const REMEMBERED_COUNT = 100_000;

interface Entry {
  readonly recordSequence: number;
  readonly timeMs: number;
}

/** In which record of a journal the answer to a request is found, of those that are remembered. */
export class RequestIndex {
  /** In the order of arrival, so that the oldest is the first. */
  readonly #entries = new Map<string, Entry>();

  /** The record that has the answer; undefined for a request that never came, or came too long ago. */
  recordOf(actor: string, requestId: string, nowMs: number): number | undefined {
    const entry = this.#entries.get(keyOf(actor, requestId).toString('base64'));
    return entry === undefined || nowMs - entry.timeMs >= REMEMBERED_MS ? undefined : entry.recordSequence;
  }

  /** Notes that a record has the answer to a request. */
  put(actor: string, requestId: string, entry: Entry): void {
    this.#put(keyOf(actor, requestId).toString('base64'), entry);
  }

  /** Takes over what a snapshot remembers. */
  takeSnapshot({ requests }: StoredSnapshot): void {
    for (const { key, recordSequence, time } of requests) {
      const timeMs = time === undefined ? 0 : timestampMs(time);
      this.#put(Buffer.from(key).toString('base64'), { recordSequence: Number(recordSequence), timeMs });
    }
  }

  /** What a snapshot is to remember. */
  toSnapshot(): Omit<RememberedRequest, '$typeName' | '$unknown'>[] {
    return [...this.#entries].map(([key, { recordSequence, timeMs }]) => ({
      key: Buffer.from(key, 'base64'),
      recordSequence: BigInt(recordSequence),
      time: timestampFromMs(timeMs),
    }));
  }

  #put(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { timeMs }] of this.#entries) {
      if (this.#entries.size <= REMEMBERED_COUNT && entry.timeMs - timeMs < REMEMBERED_MS) return;
      this.#entries.delete(oldest);
    }
  }
}

const keyOf = (actor: string, requestId: string): Buffer =>
  createHash('sha256').update(`${actor}\n${requestId}`).digest();
