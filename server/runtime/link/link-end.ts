import type { Frame } from '../frame/frame-type.ts';
import type { DropReason } from './link-counters.ts';
import type { LinkLatencyWriter } from './link-latency.ts';

/**
 * The end of a link that frames go into. It shows no slot and no offset, so that what stands behind it may be
 * another thread or another machine. One thread uses it.
 */
export interface LinkProducer {
  /**
   * Takes the frame over and answers true, or answers false if a lossless link is full and leaves the frame to
   * the caller. A link that may lose frames always takes it; what it drops for that is counted.
   */
  tryWrite(frame: Frame): boolean;
  /** How many frames the link takes without answering false. May rise meanwhile, never fall; Infinity if lossy. */
  readonly credit: number;
  /** Whether `credit` is above 0; cheaper, since a link with room need not be looked at. */
  readonly hasCredit: boolean;
  /** Announces frames after a `close`. A new link is open. */
  open(): void;
  /** Promises that no more frames follow. */
  close(): void;
  /** Ends this end. Answers how many frames it dropped because nobody is left who could read them. */
  detach(reason: DropReason): number;
}

/** Why nobody reads a link for a while. */
export type HoldReason = Extract<DropReason, 'paused' | 'failed'>;

/** Who is to look at a link when there is something new on it. */
export interface LinkReader {
  /** Whether it is going to look anyway. */
  readonly isReady: boolean;
  makeReady(): void;
}

/** The end of a link that frames come out of. One thread uses it. */
export interface LinkConsumer {
  /** Where it is recorded how old frames are; undefined where nobody asks. */
  readonly latency: LinkLatencyWriter | undefined;
  /** The next frame, for the caller to release; a link of profile `latest` gives the newest. */
  tryRead(): Frame | undefined;
  /** The newest frame; older ones are dropped and counted `stale`. */
  tryReadLatest(): Frame | undefined;
  /** Whether frames wait; cheaper than `queued`, since a link with frames need not be looked at. */
  readonly hasQueued: boolean;
  /** How many frames wait. May rise meanwhile, and fall on a lossy link. */
  readonly queued: number;
  /** Whether nothing waits and the producer promised that nothing follows. */
  readonly ended: boolean;
  /**
   * Has a reader made ready from now on when frames come to an empty link, and when the producer promises that nothing
   * follows. Answers whether that is so: false, of a link from another thread, and it has to be looked at instead.
   */
  tell(reader: LinkReader | undefined): boolean;
  /**
   * Whether nobody reads for now, and why: frames that find the link full then count as dropped because of a pause, or
   * because the processor has failed and is to come back.
   */
  setPaused(paused: boolean, reason?: HoldReason): void;
  /** Lets everybody see what was counted, of a link that keeps its counts to itself for a while. */
  publish(): void;
  /** Drops what waits and answers how many frames that were. */
  discard(reason: DropReason): number;
  /** Ends this end like `discard`; what a producer writes afterwards is for the producer's `detach` to drop. */
  detach(reason: DropReason): number;
}
