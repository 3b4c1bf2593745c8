import type { LinkReader } from '../link/link-end.ts';
import type { DueItem } from './due-times.ts';
import type { LaneTurns } from './lane-turns.ts';

/** What a lane has to know of a processor to give it its turns. */
export interface TurnTaker {
  /** What the lane's heartbeat shows while this has its turn. */
  readonly startNumber: number;
  /** When it wants a turn without anything else happening, microseconds; Infinity if never. */
  readonly nextDueUs: number;
  /** Whether it waits for something that nobody tells it, so that it is to have a turn whenever the lane is awake. */
  readonly isPolled: boolean;
  /** Its turn: answers how many calls of `process` it made of it. */
  visit(): number;
}

/**
 * The place of a processor in the turns of its lane. Whoever gives the processor something to do has to call
 * `makeReady`: nobody else looks. Its other fields belong to LaneTurns.
 */
export class TurnSeat implements LinkReader, DueItem {
  readonly taker: TurnTaker;
  /** Whether a turn of the processor is to come, or it has left. */
  isReady = false;
  hasLeft = false;
  /** Who is ready behind it. */
  next: TurnSeat | undefined = undefined;
  dueUs = 0;
  duePlace = -1;
  /** Where it is among those that are polled; -1 outside. */
  polledPlace = -1;
  readonly #turns: LaneTurns;

  constructor(taker: TurnTaker, turns: LaneTurns) {
    this.taker = taker;
    this.#turns = turns;
  }

  /** Has the processor have the next turn. Costs little where it is ready. */
  makeReady(): void {
    if (!this.isReady) this.#turns.prepend(this);
  }
}
