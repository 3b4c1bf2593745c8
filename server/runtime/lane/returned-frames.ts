import { StreamlibError } from '../errors.ts';
import type { Frame } from '../frame/frame-type.ts';
import type { LaneDeadLetter } from './dead-letter.ts';

/** What may wait at one input: whoever reinjects more waits until some were read. */
const MOST_WAITING = 64;

/** A dead letter that is to be read again. */
export interface ReturnedFrame {
  readonly letter: LaneDeadLetter;
  readonly frame: Frame;
}

/** Frames that were reinjected into an input and wait to be read, before those of its links. */
export class ReturnedFrames {
  #waiting: ReturnedFrame[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  /** Throws QUEUE_FULL. */
  assertRoom(inputPort: string): void {
    if (this.#waiting.length < MOST_WAITING) return;
    const text = `at most ${MOST_WAITING} reinjected frames may wait at ${inputPort}; try again when some were read`;
    throw new StreamlibError('QUEUE_FULL', text, { path: 'dead_letter_id' });
  }

  add(returned: ReturnedFrame): void {
    this.#waiting.push(returned);
  }

  next(): ReturnedFrame | undefined {
    return this.#waiting.shift();
  }

  /** Lets go of all that waits, and answers what it was. */
  takeAll(): LaneDeadLetter[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { frame } of waiting) frame.release();
    return waiting.map(({ letter }) => letter);
  }
}
