/*
 * What a lane says of itself without saying anything, for the watchdog and the metrics on the runtime's thread. Each
 * lane has a cache line of its own, found by its lane index; the lane writes, the runtime's thread reads.
 *
 *   i32    0              1             f64   1         2                 3
 *        ┌──────────────┬─────────┐         ┌─────────┬─────────────────┬────────────┐
 *        │ start number │ turns   │         │ busy µs │ slice begun µs  │ heap bytes │
 *        └──────────────┴─────────┘         └─────────┴─────────────────┴────────────┘
 *
 *  start number   which start of which processor has its turn now; 0 outside of turns
 *  turns          counted up with each turn, so that two turns of one processor are told apart; wraps at 2^32
 *  busy µs        how long it gave turns, in all
 *  slice begun    since when it gives turns now; 0 while it does not
 *  heap bytes     what lies on its heap, as it was last looked at
 *
 * Plain stores: nothing is published by them, and one that is seen late only makes a stall seem shorter.
 */
const START_NUMBER = 0;
const TURNS = 1;
const LANE_WORDS = 16;
const BUSY_US = 1;
const SLICE_BEGUN_US = 2;
const HEAP_BYTES = 3;

/** Memory for the heartbeats of so many lanes. */
export const createHeartbeats = (lanes: number): SharedArrayBuffer =>
  new SharedArrayBuffer(lanes * LANE_WORDS * 4);

/** The lane's side: two plain stores per turn, and one per call in a turn of several processors. */
export class LaneHeartbeat {
  /** For turns of several processors, which write the start number of each before they call it. */
  readonly words: Int32Array;
  readonly #load: Float64Array;

  constructor(memory: SharedArrayBuffer, laneIndex: number) {
    this.words = new Int32Array(memory, laneIndex * LANE_WORDS * 4, LANE_WORDS);
    this.#load = loadWords(memory, laneIndex);
    // What a lane left behind that was lost in the middle.
    this.#load[SLICE_BEGUN_US] = 0;
  }

  /** The lane begins to give turns. */
  beginSlice(nowUs: number): void {
    this.#load[SLICE_BEGUN_US] = nowUs;
  }

  /** It has given turns up to now. */
  endSlice(nowUs: number): void {
    const tookUs = nowUs - (this.#load[SLICE_BEGUN_US] as number);
    // ORDER: taken back before it is added up, so that who reads the sum first counts nothing twice.
    this.#load[SLICE_BEGUN_US] = 0;
    (this.#load[BUSY_US] as number) += tookUs;
  }

  showHeap(bytes: number): void {
    this.#load[HEAP_BYTES] = bytes;
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

/** What a lane has done so far. */
export interface LaneLoad {
  /** How long it gave its processors turns, with what of the present slice is over. */
  readonly busyUs: number;
  /** 0 where it has not been looked at yet. */
  readonly heapBytes: number;
}

/** Reads the same at `nowUs` of the monotonic clock; any thread, at any time. */
export function readLaneLoad(memory: SharedArrayBuffer, laneIndex: number, nowUs: number): LaneLoad {
  const words = loadWords(memory, laneIndex);
  const busyUs = words[BUSY_US] as number;
  const begunUs = words[SLICE_BEGUN_US] as number;
  return {
    busyUs: busyUs + (begunUs === 0 ? 0 : Math.max(0, nowUs - begunUs)),
    heapBytes: words[HEAP_BYTES] as number,
  };
}

const loadWords = (memory: SharedArrayBuffer, laneIndex: number): Float64Array =>
  new Float64Array(memory, laneIndex * LANE_WORDS * 4, LANE_WORDS / 2);
