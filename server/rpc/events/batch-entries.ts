import { TickPolicy } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { WindowEntry } from './event-window.ts';

/** How many events a batch has at most. */
const LARGEST_BATCH = 256;

/** A batch ends behind the event with which it costs so many bytes. */
const BATCH_BYTES = 512 * 1024;

/** Collects the events of one batch in their order. Under the policy LATEST a tick takes the place of its runner's last. */
export class BatchEntries {
  readonly #isLatestOnly: boolean;
  /** In order; ticks that may be replaced are found by their runner, all else is its own key. */
  readonly #entries = new Map<WindowEntry | string, WindowEntry>();
  #bytes = 0;

  constructor(ticks: TickPolicy) {
    this.#isLatestOnly = ticks === TickPolicy.LATEST;
  }

  /** Whether nothing more belongs into the batch. */
  get isFull(): boolean {
    return this.#entries.size === LARGEST_BATCH || this.#bytes >= BATCH_BYTES;
  }

  add(entry: WindowEntry): void {
    const { payload } = entry.event;
    const isReplaceable = this.#isLatestOnly && payload.case === 'tickReceived';
    const key = isReplaceable ? payload.value.runnerId : entry;
    const older = this.#entries.get(key);
    if (older !== undefined) {
      this.#bytes -= older.bytes;
      this.#entries.delete(key);
    }
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
  }

  list(): WindowEntry[] {
    return [...this.#entries.values()];
  }
}
