import type { Event } from '../../../gen/ts/streamlib/v1/event_pb.ts';
import type { ToLane } from '../lane/messages.ts';
import type { EventSink } from './event-log.ts';
import { matchesTopic } from './topics.ts';

/**
 * How many events may be on their way to one lane. A lane that handles none leaves the rest here uncopied: they
 * are missed and counted, so that a stuck lane never costs memory.
 */
const LIMIT = 16_384;

/** Passes the events that a lane listens to on to it. */
export class LaneEventSink implements EventSink {
  readonly #send: (message: ToLane) => void;
  #patterns: readonly string[] = [];
  #onTheWay = 0;
  #missed = 0;

  constructor(send: (message: ToLane) => void) {
    this.#send = send;
  }

  listen(patterns: readonly string[]): void {
    this.#patterns = patterns;
  }

  /** The lane has handled so many. */
  taken(count: number): void {
    this.#onTheWay -= count;
    if (this.#missed > 0 && this.#onTheWay < LIMIT / 2) this.#post([]);
  }

  deliver(events: readonly Event[]): void {
    if (this.#patterns.length === 0) return;
    const wanted = this.#patterns.includes('*') ? events : events.filter((event) => this.#wants(event));
    const room = LIMIT - this.#onTheWay;
    if (wanted.length > room) {
      this.#missed += wanted.length - Math.max(room, 0);
      if (room > 0) this.#post(wanted.slice(0, room));
    } else if (wanted.length > 0) this.#post(wanted);
  }

  #wants({ topic }: Event): boolean {
    return this.#patterns.some((pattern) => matchesTopic(pattern, topic));
  }

  #post(events: readonly Event[]): void {
    // NB: the missed ones come after these events where the limit was hit within this batch, and before them
    // where it was hit earlier; a reader that needs to know compares the sequences.
    const missed = this.#missed;
    this.#missed = 0;
    this.#onTheWay += events.length;
    this.#send({ kind: 'events', events, missed });
  }
}
