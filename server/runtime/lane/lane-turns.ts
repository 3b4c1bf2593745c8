import { DueTimes } from './due-times.ts';
import type { LaneHeartbeat } from './lane-heartbeat.ts';
import type { LaneTime } from './lane-time.ts';
import type { TurnSeat } from './turn-seat.ts';

/** How long a lane runs processors before its event loop turns. */
const SLICE_US = 5_000;
/** How many calls pass between two looks at the clock, where calls are not timed anyway. */
const CALLS_PER_LOOK = 16;

/**
 * Who gets a turn in a lane, and when: processors that were made ready; those that are due by time; and on every round
 * those that are polled, since rings of other lanes tell nobody. What a round costs depends on these alone, not on how
 * many processors the lane hosts.
 *
 * ```
 *   made ready ─▶ in front ┐
 *                          ├▶ turn ─ called ─────▶ behind all others, for the next round
 *   due, polled ─▶ behind ─┘    └─── not called ─▶ due later · polled · at rest
 * ```
 *
 * Whoever is made ready by another one's turn comes before that one has its next, so that a frame goes all its way
 * before the next one is made. Nobody starves by that: each of them goes behind the others when it was called.
 */
export class LaneTurns {
  readonly #time: LaneTime;
  readonly #heartbeat: LaneHeartbeat;
  readonly #due = new DueTimes<TurnSeat>();
  readonly #polled: TurnSeat[] = [];
  #first: TurnSeat | undefined;
  #last: TurnSeat | undefined;
  #visited: TurnSeat | undefined;

  constructor(time: LaneTime, heartbeat: LaneHeartbeat) {
    this.#time = time;
    this.#heartbeat = heartbeat;
  }

  /** When a processor wants its next turn, microseconds: 0 is at once, Infinity when something happens. */
  get nextUs(): number {
    return this.#first === undefined ? this.#due.firstUs : 0;
  }

  /** Has a processor that is not ready have the next turn; for one that is having its turn the next round is soon enough. */
  prepend(seat: TurnSeat): void {
    if (this.#first === undefined || seat === this.#visited) {
      this.#append(seat);
      return;
    }
    seat.isReady = true;
    seat.next = this.#first;
    this.#first = seat;
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
    this.#heartbeat.beginSlice(time.us);
    const isMore = this.#giveTurns();
    this.#heartbeat.endSlice(time.us);
    return isMore;
  }

  #giveTurns(): boolean {
    const time = this.#time;
    let untimedCalls = 0;
    while (time.us < time.untilUs) {
      this.#makeOthersReady();
      const lastOfRound = this.#last;
      let called = false;
      let seat: TurnSeat | undefined;
      while (this.#first !== undefined && seat !== lastOfRound && time.us < time.untilUs) {
        seat = this.#first;
        const calls = this.#visit(seat);
        if (calls === 0) continue;
        called = true;
        untimedCalls += calls;
        if (untimedCalls < CALLS_PER_LOOK) continue;
        untimedCalls = 0;
        time.read();
      }
      this.#heartbeat.leave();
      if (!called && this.#first === undefined) return false;
      time.read();
    }
    return true;
  }

  #makeOthersReady(): void {
    for (let seat = this.#due.takeDue(this.#time.us); seat; seat = this.#due.takeDue(this.#time.us))
      this.#append(seat);
    for (let i = 0; i < this.#polled.length; i++) this.#append(this.#polled[i] as TurnSeat);
  }

  /** Gives the first its turn; answers how many calls it made of it. */
  #visit(seat: TurnSeat): number {
    this.#first = seat.next;
    if (this.#first === undefined) this.#last = undefined;
    seat.next = undefined;
    if (seat.hasLeft) return 0;
    seat.isReady = false;
    this.#visited = seat;
    const { taker } = seat;
    this.#heartbeat.enter(taker.startNumber);
    const calls = taker.visit();
    this.#visited = undefined;
    // Whether it rests, and until when, is only known when it had nothing to do.
    if (calls > 0) this.#append(seat);
    else {
      this.#due.set(seat, taker.nextDueUs);
      this.#poll(seat, taker.isPolled);
    }
    return calls;
  }

  #append(seat: TurnSeat): void {
    if (seat.isReady) return;
    seat.isReady = true;
    if (this.#last === undefined) this.#first = seat;
    else this.#last.next = seat;
    this.#last = seat;
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
