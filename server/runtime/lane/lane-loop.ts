import type { LaneSleeper } from './lane-sleeper.ts';

/** How long a lane may sleep, so that it can be terminated and its event loop turns now and then. */
const LONGEST_WAIT_MS = 100;
/** Threads do not sleep shorter than about this, and a shorter timeout would only burn time. */
const SHORTEST_WAIT_MS = 0.05;

/** What a lane's loop drives. */
export interface LaneLoopOptions {
  readonly sleeper: LaneSleeper;
  /** Works for a bounded time; answers whether there is more to do at once. */
  work(): boolean;
  /** Sends what the work collected. */
  flush(): void;
  /** How long until something is due by itself, milliseconds. */
  idleMs(): number;
  /** Whether the thread must not block now, because something waits for its event loop. */
  mayBlock(): boolean;
}

/**
 * The rhythm of a lane: work, send, one turn of the event loop (messages, timers, promises), and when nothing was
 * left to do, a sleep in the doorbell before the next work.
 */
export class LaneLoop {
  readonly #options: LaneLoopOptions;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: LaneLoopOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    setImmediate(this.#turn);
  }

  stop(): void {
    this.#state = 'stopped';
    this.#options.sleeper[Symbol.dispose]();
  }

  readonly #turn = (): void => {
    if (this.#state !== 'running') return;
    const more = this.#options.work();
    this.#options.flush();
    setImmediate(more ? this.#turn : this.#sleep);
  };

  readonly #sleep = (): void => {
    if (this.#state !== 'running') return;
    const { sleeper, idleMs, mayBlock } = this.#options;
    const waitMs = Math.min(Math.max(idleMs(), SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    if (mayBlock()) {
      sleeper.sleep(waitMs);
      this.#turn();
    } else sleeper.sleepInEventLoop(waitMs, this.#turn);
  };
}
