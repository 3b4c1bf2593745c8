// Every function of the addon, in the order of native/binding/functions.h. All may be called from any thread of
// JavaScript. A wrong argument throws a TypeError: `segmentCreate.args[0]: expected …, was …`.
import { loadAddon } from './load-addon.ts';

declare const segmentHandle: unique symbol;

/** An open segment, in one thread of JavaScript. Opaque; closed by `segmentClose`, at last by the garbage collector. */
export interface SegmentHandle {
  readonly [segmentHandle]: true;
}

/** What `laneReclaim` took back. */
export interface ReclaimedLane {
  readonly references: number;
  readonly spans: number;
}

/** The functions of the addon. */
export interface NativeAddon {
  /**
   * Makes a zeroed segment whose data region has `dataBytes` (1 to 16 GiB, rounded up to chunks of 256 KiB). Its
   * pages cost nothing until they are touched. Throws when the system has no room for it.
   */
  segmentCreate(dataBytes: number): SegmentHandle;
  /** Opens a segment of this process by its id, in any of its threads. The memory is the same, and mapped once. */
  segmentOpen(id: number): SegmentHandle;
  /** Opens the segment behind a file descriptor, which may be another process's; the descriptor may then be closed. */
  segmentAttach(fd: number): SegmentHandle;
  /** The id by which other threads of this process open the segment. */
  segmentId(segment: SegmentHandle): number;
  /** The file descriptor of the segment, to be given to a child process. It belongs to the segment. */
  segmentFd(segment: SegmentHandle): number;
  /** The whole segment, always the same ArrayBuffer in one thread. It stays usable after the segment is closed. */
  segmentBuffer(segment: SegmentHandle): ArrayBuffer;
  /**
   * Closes this handle; any later use of it is an error. After the last handle of the last process the memory goes
   * back to the system: what still looks at it reads zeros.
   */
  segmentClose(segment: SegmentHandle): void;

  /**
   * Sleeps until the lane's doorbell is rung, for at most `timeoutMs` (0 to 1,000). True when it was rung, also
   * before the call. Only the thread of the lane, and not one whose event loop must turn. While it sleeps, the thread
   * cannot be terminated.
   */
  doorbellWait(segment: SegmentHandle, lane: number, timeoutMs: number): boolean;
  /** Wakes the lane. For whoever took `asleep` out of its doorbell by an exchange, once for each. */
  doorbellWake(segment: SegmentHandle, lane: number): void;
  /**
   * From now on `doorbellWake` calls `callback` in this thread's event loop. The callback does not keep the process
   * alive, and several wakes may be one call. Throws when somebody listens for the lane already.
   */
  doorbellListen(segment: SegmentHandle, lane: number, callback: () => void): void;
  /** Ends what `doorbellListen` of this thread began, if it did. */
  doorbellUnlisten(segment: SegmentHandle, lane: number): void;

  /**
   * Gives the lane one more span of slots for `slotBytes` (1 to 2 GiB, prefix included, rounded up to the next size):
   * an orphan, whose slots others may still hold, or a new one. Answers its index, or -1 when the segment is
   * exhausted. Only the thread of the lane.
   */
  poolGrow(segment: SegmentHandle, lane: number, slotBytes: number): number;
  /**
   * Takes back every reference of a lane whose thread has ended, wherever that struck, and orphans its spans. The
   * other end of the ring that its intent names must be at rest or have ended too. Afterwards a new lane may use the
   * index. One thread at a time; takes 1 ms where a million slots are in use.
   */
  laneReclaim(segment: SegmentHandle, lane: number): ReclaimedLane;

  /**
   * Sets the nice value (-20 to 19) of the calling thread. Null when done, otherwise why not; the thread then runs
   * on as before.
   */
  threadSetNice(nice: number): string | null;
  /** Asks for round-robin realtime scheduling (1 to 99) of the calling thread. Null when done, otherwise why not. */
  threadSetRealtime(priority: number): string | null;
}

/** The addon, loaded once per thread. */
export const native = loadAddon() as unknown as NativeAddon;
