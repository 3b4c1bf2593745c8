import type { LinkRecord, Records } from '../commit/records.ts';
import type { EventLog } from './event-log.ts';
import { linkTopic } from './topics.ts';

/** How often a link may report drops. */
const INTERVAL_MS = 1000;

/** Turns the drop counters of the links into events, at most one per link and second. */
export class DropReporter implements Disposable {
  readonly #records: Records;
  readonly #events: EventLog;
  readonly #timer: NodeJS.Timeout;

  constructor(records: Records, events: EventLog) {
    this.#records = records;
    this.#events = events;
    this.#timer = setInterval(() => this.#report(), INTERVAL_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #report(): void {
    for (const record of this.#records.links.values())
      if (record.wiring !== undefined) this.#reportLink(record);
  }

  #reportLink(record: LinkRecord): void {
    const { dropped } = record.counters.read(record.wiring?.rings);
    const before = record.reportedDrops;
    let total = 0;
    for (const count of Object.values(dropped)) total += count;
    let totalBefore = 0;
    for (const count of Object.values(before)) totalBefore += count;
    if (total === totalBefore) return;
    record.reportedDrops = { ...dropped };
    const since = (reason: keyof typeof dropped) => BigInt(dropped[reason] - (before[reason] ?? 0));
    this.#events.emit(
      {
        case: 'framesDropped',
        value: {
          linkId: record.spec.linkId,
          dropped: {
            full: since('full'),
            stale: since('stale'),
            paused: since('paused'),
            rewired: since('rewired'),
            laneLost: since('lane_lost'),
            failed: since('failed'),
            tooLarge: since('too_large'),
            stopped: since('stopped'),
            exhausted: since('exhausted'),
          },
          total: BigInt(total),
        },
      },
      { topic: linkTopic(record.spec.linkId) },
    );
  }
}
