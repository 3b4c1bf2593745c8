/*
 * The bound of the command queue, counted before a command is sent, over all threads together:
 *
 *   word    0          1        2 + 2 × lane index              3 + 2 × lane index
 *         ┌──────────┬────────┬───────────────────────────────┬─────────────────────┬ …
 *         │ commands │ reads  │ commands of that lane         │ reads of that lane  │
 *         └──────────┴────────┴───────────────────────────────┴─────────────────────┴ …
 *
 * A sender adds one, the runtime loop takes one off when it takes the command out of the queue. What a command
 * then waits for holds no slot. The words per lane are for the end of a lane that was ended between taking a slot
 * and sending the command.
 */
const FIRST_LANE = 2;

/** How many commands, and as many reads, may wait. */
export const QUEUE_LIMIT = 256;

/** Memory for the counters, shared by every thread that sends commands. */
export const createCommandSlots = (lanes: number): SharedArrayBuffer =>
  new SharedArrayBuffer((FIRST_LANE + 2 * lanes) * 4);

/** Takes a slot for a command that is about to be sent; false when all are taken. Any thread. */
export function tryTakeSlot(slots: Int32Array, laneIndex: number, read: boolean): boolean {
  const word = read ? 1 : 0;
  if (Atomics.add(slots, word, 1) >= QUEUE_LIMIT) {
    Atomics.sub(slots, word, 1);
    return false;
  }
  Atomics.add(slots, FIRST_LANE + 2 * laneIndex + word, 1);
  return true;
}

/** Gives the slot of a command back that was taken out of the queue. The runtime loop. */
export function releaseSlot(slots: Int32Array, laneIndex: number, read: boolean): void {
  const word = read ? 1 : 0;
  const laneWord = FIRST_LANE + 2 * laneIndex + word;
  // A lane that has ended had its slots taken back already.
  if (Atomics.load(slots, laneWord) === 0) return;
  Atomics.sub(slots, laneWord, 1);
  Atomics.sub(slots, word, 1);
}

/** Gives back what a lane had taken that has ended. The runtime loop. */
export function reclaimSlots(slots: Int32Array, laneIndex: number): void {
  for (const word of [0, 1]) {
    const taken = Atomics.exchange(slots, FIRST_LANE + 2 * laneIndex + word, 0);
    Atomics.sub(slots, word, taken);
  }
}
