import type { DropReason } from '../../../../server/runtime/link/link-counters.ts';

/** One reference to a frame, in the hands of a lane. */
export interface HeldFrame {
  readonly slotId: number;
  /** The number that the frame was made with, as its memory has it now. */
  mark(): number;
}

/** The producing end of a link. */
export interface ProducerSide {
  /** Gives the reference away; false, and it is kept, when a lossless link is full. */
  tryWrite(held: HeldFrame): boolean;
  /** Goes on with another ring, and closes the present one. */
  continueWith(ringPlace: number): void;
  close(): void;
}

/** The consuming end of a link. */
export interface ConsumerSide {
  /** The next frame; of a link of profile `latest` the newest. */
  tryRead(): HeldFrame | undefined;
  discard(reason: DropReason): number;
  setPaused(paused: boolean): void;
  followWith(ringPlace: number): void;
}

/** A lane that one of the two languages plays. */
export interface LaneSide {
  readonly laneIndex: number;
  readonly language: 'JavaScript' | 'C++';
  acquire(mark: number): HeldFrame;
  share(held: HeldFrame): HeldFrame;
  release(held: HeldFrame): void;
  producer(ringPlace: number): ProducerSide;
  consumer(ringPlace: number): ConsumerSide;
}
