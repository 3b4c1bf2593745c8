import type { DataFrameView } from '../../runtime/frame/data-frame.ts';

/**
 * The frames that a streaming node reads. Whoever pushes waits until the node asks for the next one, which is what
 * holds back the nodes before it. A frame ends when the next one is asked for, unless it was sent on.
 */
export class NodeChannel implements AsyncIterableIterator<DataFrameView> {
  #waiting: DataFrameView | undefined;
  #current: DataFrameView | undefined;
  #isClosed = false;
  #onFrame: ((result: IteratorResult<DataFrameView>) => void) | undefined;
  #onAsked: (() => void) | undefined;

  /** Whether the node waits for a frame. */
  get isAsked(): boolean {
    return this.#onFrame !== undefined;
  }

  /** Hands a frame over, and resolves when the node asks for the one after it or has ended. */
  push(frame: DataFrameView): Promise<void> {
    const asked = new Promise<void>((resolve) => {
      this.#onAsked = resolve;
    });
    if (this.#isClosed) {
      frame.release();
      this.#settle();
    } else if (this.#onFrame === undefined) this.#waiting = frame;
    else this.#give(frame, this.#onFrame);
    return asked;
  }

  /** No more frames come. */
  close(): void {
    this.#isClosed = true;
    const onFrame = this.#onFrame;
    this.#onFrame = undefined;
    onFrame?.({ done: true, value: undefined });
    this.#settle();
  }

  next(): Promise<IteratorResult<DataFrameView>> {
    this.#current?.release();
    this.#current = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      this.#current = waiting;
      return Promise.resolve({ done: false, value: waiting });
    }
    this.#settle();
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#onFrame = resolve;
    });
  }

  /** The node leaves its loop. */
  return(): Promise<IteratorResult<DataFrameView>> {
    this.#current?.release();
    this.#waiting?.release();
    this.#current = undefined;
    this.#waiting = undefined;
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #give(frame: DataFrameView, onFrame: (result: IteratorResult<DataFrameView>) => void): void {
    this.#onFrame = undefined;
    this.#current = frame;
    onFrame({ done: false, value: frame });
  }

  #settle(): void {
    const onAsked = this.#onAsked;
    this.#onAsked = undefined;
    onAsked?.();
  }
}
