/*
 * The bound of the command queue, counted before a command is sent, over all threads together:
 *
 *   word 0: mutating commands on their way or waiting     word 1: reads likewise
 *
 * A sender adds one, the runtime loop takes one off when it takes the command out of the queue. What a command
 * then waits for holds no slot.
 */
const COMMANDS = 0;
const READS = 1;

/** How many commands, and as many reads, may wait. */
export const QUEUE_LIMIT = 256;

/** Memory for the counters, shared by every thread that sends commands. */
export const createCommandSlots = (): SharedArrayBuffer => new SharedArrayBuffer(8);

/** Takes a slot for a command that is about to be sent; false when all are taken. Any thread. */
export function tryTakeSlot(slots: Int32Array, read: boolean): boolean {
  const word = read ? READS : COMMANDS;
  if (Atomics.add(slots, word, 1) < QUEUE_LIMIT) return true;
  Atomics.sub(slots, word, 1);
  return false;
}

/** Gives slots back. The runtime loop, for commands that it has taken or that will never arrive. */
export function releaseSlots(slots: Int32Array, commands: number, reads: number): void {
  if (commands > 0) Atomics.sub(slots, COMMANDS, commands);
  if (reads > 0) Atomics.sub(slots, READS, reads);
}
