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
  readonly #holders = new Set<StateHolder>();
  #timer: NodeJS.Timeout | undefined;
  /** Those that are still to be asked. */
  #left: Iterator<StateHolder> = [].values();
  #sweep: NodeJS.Immediate | undefined;

  constructor(options: CheckpointTimerOptions) {
    this.#options = options;
  }

  /** Takes note that a processor keeps a state or does not, and asks it from now on, or no longer. */
  update(processor: StateHolder): void {
    if (!processor.keepsState) {
      this.forget(processor);
      return;
    }
    this.#holders.add(processor);
    this.#timer ??= setInterval(() => this.#begin(), this.#options.intervalMs).unref();
  }

  /** A processor has left the lane. */
  forget(processor: StateHolder): void {
    if (this.#holders.delete(processor) && this.#holders.size === 0) this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearImmediate(this.#sweep);
    this.#timer = undefined;
    this.#sweep = undefined;
  }

  #begin(): void {
    if (this.#sweep !== undefined) return;
    this.#left = this.#holders.values();
    this.#askSome();
  }

  #askSome(): void {
    const { clock, heartbeat } = this.#options;
    const untilUs = clock.nowUs() + SLICE_US;
    this.#sweep = undefined;
    for (let next = this.#left.next(); !next.done; next = this.#left.next()) {
      const holder = next.value;
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
