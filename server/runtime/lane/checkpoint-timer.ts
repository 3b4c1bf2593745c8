import type { MediaClock } from '../clock.ts';
import type { LaneHeartbeat } from './lane-heartbeat.ts';

/** For how long processors are asked at a stretch before it is the frames' turn again. */
const SLICE_US = 1_000;

/** A processor that may have a state. */
export interface StateHolder {
  readonly keepsState: boolean;
  readonly startNumber: number;
  takeCheckpoint(): void;
}

/** What the timer works with. */
export interface CheckpointTimerOptions {
  readonly intervalMs: number;
  readonly clock: Pick<MediaClock, 'nowUs'>;
  readonly heartbeat: LaneHeartbeat;
}

/**
 * Asks the processors of a lane for their state, once per interval and between the lane's turns: the calls of `process`
 * know nothing of it. While no processor of the lane keeps a state there is no timer.
 */
export class CheckpointTimer implements Disposable {
  readonly #options: CheckpointTimerOptions;
  #holders: readonly StateHolder[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Who is asked next; behind the last one where none is due. */
  #next = 0;
  #sweep: NodeJS.Immediate | undefined;

  constructor(options: CheckpointTimerOptions) {
    this.#options = options;
  }

  /** Who is asked from now on. */
  update(processors: readonly StateHolder[]): void {
    this.#holders = processors.filter(({ keepsState }) => keepsState);
    if (this.#holders.length === 0) this[Symbol.dispose]();
    else this.#timer ??= setInterval(() => this.#begin(), this.#options.intervalMs).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearImmediate(this.#sweep);
    this.#timer = undefined;
    this.#sweep = undefined;
  }

  #begin(): void {
    if (this.#sweep !== undefined) return;
    this.#next = 0;
    this.#askSome();
  }

  #askSome(): void {
    const { clock, heartbeat } = this.#options;
    const untilUs = clock.nowUs() + SLICE_US;
    this.#sweep = undefined;
    while (this.#next < this.#holders.length) {
      const holder = this.#holders[this.#next++] as StateHolder;
      // The watchdog sees who does not come back from this as well.
      heartbeat.enter(holder.startNumber);
      holder.takeCheckpoint();
      heartbeat.leave();
      if (clock.nowUs() < untilUs) continue;
      this.#sweep = setImmediate(() => this.#askSome());
      return;
    }
  }
}
