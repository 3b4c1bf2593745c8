/*
 * What a lane says of itself without saying anything, for the watchdog on the runtime's thread. Each lane has a cache
 * line of its own, found by its lane index; the lane writes, the runtime's thread reads.
 *
 *   word   0              1         2 … 15
 *        ┌──────────────┬─────────┬────────┐
 *        │ start number │ turns   │ unused │
 *        └──────────────┴─────────┴────────┘
 *
 *  start number   which start of which processor has its turn now; 0 outside of turns
 *  turns          counted up with each turn, so that two turns of one processor are told apart; wraps at 2^32
 *
 * Plain stores: nothing is published by them, and one that is seen late only makes a stall seem shorter.
 */
const START_NUMBER = 0;
const TURNS = 1;
const LANE_WORDS = 16;

/** Memory for the heartbeats of so many lanes. */
export const createHeartbeats = (lanes: number): SharedArrayBuffer =>
  new SharedArrayBuffer(lanes * LANE_WORDS * 4);

/** The lane's side: two plain stores per turn, and one per call in a turn of several processors. */
export class LaneHeartbeat {
  /** For turns of several processors, which write the start number of each before they call it. */
  readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer, laneIndex: number) {
    this.words = new Int32Array(memory, laneIndex * LANE_WORDS * 4, LANE_WORDS);
  }

  /** Whose turn it is; 0 if nobody has it. */
  get startNumber(): number {
    return this.words[START_NUMBER] as number;
  }

  /** A processor gets its turn: from here until `enter` or `leave` is called the lane is in its hands. */
  enter(startNumber: number): void {
    this.words[START_NUMBER] = startNumber;
    (this.words[TURNS] as number)++;
  }

  /** No processor has its turn. To be called before the lane returns to its event loop. */
  leave(): void {
    this.words[START_NUMBER] = 0;
  }
}

/** What a lane was seen doing. */
export interface LaneSighting {
  /** 0 where no processor had its turn. */
  readonly startNumber: number;
  readonly turns: number;
}

/** Looks at a lane; any thread, at any time. */
export function sightLane(memory: SharedArrayBuffer, laneIndex: number): LaneSighting {
  const words = new Int32Array(memory, laneIndex * LANE_WORDS * 4, LANE_WORDS);
  return { startNumber: words[START_NUMBER] as number, turns: words[TURNS] as number };
}
