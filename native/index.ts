import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Memory that every thread maps. */
export interface Segment {
  readonly buffer: SharedArrayBuffer;
  readonly byteLength: number;
}

/** Makes a zeroed segment; its pages cost nothing until they are touched. */
export function createSegment(byteLength: number): Segment {
  return { buffer: new SharedArrayBuffer(byteLength), byteLength };
}

/*
 * A doorbell is one 32-bit word:  0 = awake   1 = rung   2 = asleep.
 * The owner moves it 0 -> 2 before it sleeps and back to 0 when it wakes; whoever rings moves it to 1 and wakes
 * the owner only if it was asleep, so that one sleep costs one wake-up.
 */
const AWAKE = 0;
const RUNG = 1;
const ASLEEP = 2;

/** Wakes the owner of a doorbell, or keeps it from falling asleep. Any thread. */
export function ringDoorbell(doorbells: Int32Array, index: number): void {
  // ORDERING: whoever finds it rung is covered by that ring: the owner looks for work after it cleared the word.
  if (Atomics.load(doorbells, index) === RUNG) return;
  // ORDERING: the exchange publishes everything written before it to the owner that wakes.
  if (Atomics.exchange(doorbells, index, RUNG) === ASLEEP) Atomics.notify(doorbells, index, 1);
}

/** Sleeps until the doorbell is rung or the timeout passes. Only the owner, and not the main thread. */
export function waitDoorbell(doorbells: Int32Array, index: number, timeoutMs: number): void {
  if (Atomics.compareExchange(doorbells, index, AWAKE, ASLEEP) === AWAKE) {
    Atomics.wait(doorbells, index, ASLEEP, timeoutMs);
  }
  Atomics.store(doorbells, index, AWAKE);
}

/** The same for a thread whose event loop must go on turning: resolves when rung or when the timeout passes. */
export async function waitDoorbellAsync(
  doorbells: Int32Array,
  index: number,
  timeoutMs: number,
): Promise<void> {
  if (Atomics.compareExchange(doorbells, index, AWAKE, ASLEEP) === AWAKE) {
    const waiting = Atomics.waitAsync(doorbells, index, ASLEEP, timeoutMs);
    if (waiting.async) await waiting.value;
  }
  Atomics.store(doorbells, index, AWAKE);
}

/** The nice value could not be set; the thread runs on with the one it had. */
export interface NiceRefusal {
  readonly wanted: number;
  readonly reason: string;
}

/** Sets the nice value of the calling thread (Linux; elsewhere nothing). Answers with the refusal, if any. */
export function setThreadNice(nice: number): NiceRefusal | undefined {
  if (process.platform !== 'linux') return { wanted: nice, reason: `not supported on ${process.platform}` };
  try {
    // NB: on Linux the nice value belongs to the thread, and setpriority() takes a thread id.
    const threadId = Number(readlinkSync('/proc/thread-self').split('/').pop());
    setPriority(threadId, nice);
    return undefined;
  } catch (error) {
    return { wanted: nice, reason: error instanceof Error ? error.message : String(error) };
  }
}
