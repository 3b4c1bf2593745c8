/*
 * The bound of the command queue, counted before a command is sent, over all threads together:
 *
 *   word    0          1        2 + 2 × lane index              3 + 2 × lane index
 *         ┌──────────┬────────┬───────────────────────────────┬─────────────────────┬ …
 *         │ commands │ reads  │ commands of that lane         │ reads of that lane  │
 *         └──────────┴────────┴───────────────────────────────┴─────────────────────┴ …
 *
 *   behind them, per lane: 2,048 words, in which the id of a command stands that its sender has cancelled, at the
 *   place of that id modulo 2,048. Ids of a lane count up by one, and at most 1,024 commands of it have been sent and
 *   not been begun (512 wait, 512 are the batch that is executed), so no two of them share a word.
 *
 * A sender adds one, the runtime loop takes one off when it takes the command out of the queue. What a command
 * then waits for holds no slot. The words per lane are for the end of a lane that was ended between taking a slot
 * and sending the command.
 */
const FIRST_LANE = 2;
const CANCEL_WORDS = 2048;
const WORDS_PER_LANE = 2 + CANCEL_WORDS;

/** How many commands, and as many reads, may wait. */
export const QUEUE_LIMIT = 256;

/** Memory for the counters, shared by every thread that sends commands. */
export const createCommandSlots = (lanes: number): SharedArrayBuffer =>
  new SharedArrayBuffer((FIRST_LANE + WORDS_PER_LANE * lanes) * 4);

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

/** Says that nobody waits for a command any more. The lane that sent it. */
export function cancelCommand(slots: Int32Array, laneIndex: number, commandId: bigint): void {
  // ORDERING: sequentially consistent, as all words here; the loop sees it before it begins the command, or not at all.
  Atomics.store(slots, cancelWord(slots, laneIndex, commandId), idWord(commandId));
}

/** Whether nobody waits for a command any more that is about to be executed. The runtime loop. */
export function isCancelled(slots: Int32Array, laneIndex: number, commandId: bigint): boolean {
  return Atomics.load(slots, cancelWord(slots, laneIndex, commandId)) === idWord(commandId);
}

function cancelWord(slots: Int32Array, laneIndex: number, commandId: bigint): number {
  const lanes = (slots.length - FIRST_LANE) / WORDS_PER_LANE;
  return FIRST_LANE + 2 * lanes + CANCEL_WORDS * laneIndex + (Number(commandId) % CANCEL_WORDS);
}

/** NB: ids begin at 1, so that a word that was never written names none. */
const idWord = (commandId: bigint): number => Number(BigInt.asIntN(32, commandId));

/** Gives back what a lane had taken that has ended. The runtime loop. */
export function reclaimSlots(slots: Int32Array, laneIndex: number): void {
  for (const word of [0, 1]) {
    const taken = Atomics.exchange(slots, FIRST_LANE + 2 * laneIndex + word, 0);
    Atomics.sub(slots, word, taken);
  }
  // The next lane with this index counts from 1 again.
  const cancels = cancelWord(slots, laneIndex, 0n);
  slots.fill(0, cancels, cancels + CANCEL_WORDS);
}
