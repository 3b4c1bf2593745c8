import { DueTimes } from './due-times.ts';
import type { LaneHeartbeat } from './lane-heartbeat.ts';
import type { LaneTime } from './lane-time.ts';
import type { TurnSeat } from './turn-seat.ts';

/** How long a lane runs processors before its event loop turns. */
const SLICE_US = 5_000;
/** How many calls pass between two looks at the clock, where calls are not timed anyway. */
const CALLS_PER_LOOK = 16;

/**
 * Who gets a turn in a lane, and when: processors that were made ready, one after the other; those that are due by
 * time; and on every round those that are polled, since rings of other lanes tell nobody. What a round costs depends
 * on these alone, not on how many processors the lane hosts.
 *
 * ```
 *   makeReady ──▶ ready, first come first served ──▶ turn ── called ──▶ ready again, behind the others
 *   due ─────────▶                                     └── not called ──▶ due later · polled · at rest
 *   polled ──────▶
 * ```
 */
export class LaneTurns {
  readonly #time: LaneTime;
  readonly #heartbeat: LaneHeartbeat;
  readonly #due = new DueTimes<TurnSeat>();
  readonly #polled: TurnSeat[] = [];
  #first: TurnSeat | undefined;
  #last: TurnSeat | undefined;
  #ready = 0;

  constructor(time: LaneTime, heartbeat: LaneHeartbeat) {
    this.#time = time;
    this.#heartbeat = heartbeat;
  }

  /** When a processor wants its next turn, microseconds: 0 is at once, Infinity when something happens. */
  get nextUs(): number {
    return this.#ready > 0 ? 0 : this.#due.firstUs;
  }

  /** Gives a processor that is not ready a turn, behind those that are. */
  append(seat: TurnSeat): void {
    seat.isReady = true;
    if (this.#last === undefined) this.#first = seat;
    else this.#last.next = seat;
    this.#last = seat;
    this.#ready++;
  }

  /** The processor gets no turn any more, whatever happens. */
  remove(seat: TurnSeat): void {
    // NB: one that is ready is left out when it is its turn, and none is made ready that seems to be.
    seat.isReady = true;
    seat.hasLeft = true;
    this.#due.delete(seat);
    this.#poll(seat, false);
  }

  /** Gives turns until nobody is ready (false) or the slice of time is used up (true). */
  run(): boolean {
    const time = this.#time;
    time.untilUs = time.read() + SLICE_US;
    let untimedCalls = 0;
    while (time.us < time.untilUs) {
      this.#makeOthersReady();
      let called = false;
      for (let left = this.#ready; left > 0 && time.us < time.untilUs; left--) {
        const calls = this.#visitFirst();
        if (calls === 0) continue;
        called = true;
        untimedCalls += calls;
        if (untimedCalls < CALLS_PER_LOOK) continue;
        untimedCalls = 0;
        time.read();
      }
      this.#heartbeat.leave();
      if (!called && this.#ready === 0) return false;
      time.read();
    }
    return true;
  }

  #makeOthersReady(): void {
    for (let seat = this.#due.takeDue(this.#time.us); seat; seat = this.#due.takeDue(this.#time.us))
      seat.makeReady();
    for (let i = 0; i < this.#polled.length; i++) (this.#polled[i] as TurnSeat).makeReady();
  }

  #visitFirst(): number {
    const seat = this.#first as TurnSeat;
    this.#first = seat.next;
    if (this.#first === undefined) this.#last = undefined;
    seat.next = undefined;
    this.#ready--;
    if (seat.hasLeft) return 0;
    seat.isReady = false;
    const { taker } = seat;
    this.#heartbeat.enter(taker.startNumber);
    const calls = taker.visit();
    // Whether it rests, and until when, is only known when it had nothing to do.
    if (calls > 0) seat.makeReady();
    else {
      this.#due.set(seat, taker.nextDueUs);
      this.#poll(seat, taker.isPolled);
    }
    return calls;
  }

  #poll(seat: TurnSeat, isPolled: boolean): void {
    const place = seat.polledPlace;
    if (place >= 0 === isPolled) return;
    if (isPolled) {
      seat.polledPlace = this.#polled.push(seat) - 1;
      return;
    }
    seat.polledPlace = -1;
    const last = this.#polled.pop() as TurnSeat;
    if (last === seat) return;
    this.#polled[place] = last;
    last.polledPlace = place;
  }
}
