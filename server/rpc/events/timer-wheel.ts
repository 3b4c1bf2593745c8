/** How exact the wheel is: a timer fires at most so late, besides what the loop itself is late. */
const TICK_MS = 20;

interface WheelTimer {
  readonly tick: number;
  readonly fire: () => void;
}

/**
 * Many timers that need not be exact, on one timer of the process: thousands of idle streams cost one wake-up per
 * tick, and nothing while there are none. Used by one thread.
 */
export class TimerWheel {
  readonly #buckets = new Map<number, Set<WheelTimer>>();
  #count = 0;
  #interval: NodeJS.Timeout | undefined;
  #done = 0;

  /** Calls `fire` once, `delayMs` from now at the earliest. Answers what prevents that. */
  after(delayMs: number, fire: () => void): () => void {
    if (this.#interval === undefined) {
      this.#done = tickOf(performance.now());
      // Nothing waits for the wheel alone.
      this.#interval = setInterval(() => this.#turn(), TICK_MS).unref();
    }
    const tick = Math.max(tickOf(performance.now() + delayMs) + 1, this.#done + 1);
    const timer = { tick, fire };
    const bucket = this.#buckets.get(tick);
    if (bucket === undefined) this.#buckets.set(tick, new Set([timer]));
    else bucket.add(timer);
    this.#count++;
    return () => this.#cancel(timer);
  }

  #cancel(timer: WheelTimer): void {
    const bucket = this.#buckets.get(timer.tick);
    if (bucket?.delete(timer) !== true) return;
    if (bucket.size === 0) this.#buckets.delete(timer.tick);
    this.#forget(1);
  }

  #turn(): void {
    const now = tickOf(performance.now());
    while (this.#done < now) {
      this.#done++;
      const bucket = this.#buckets.get(this.#done);
      if (bucket === undefined) continue;
      for (const timer of bucket) {
        bucket.delete(timer);
        this.#forget(1);
        timer.fire();
      }
      this.#buckets.delete(this.#done);
    }
  }

  #forget(count: number): void {
    this.#count -= count;
    if (this.#count > 0) return;
    clearInterval(this.#interval);
    this.#interval = undefined;
  }
}

const tickOf = (ms: number): number => Math.floor(ms / TICK_MS);

/** The wheel of this thread, for heartbeats, pings and the age of streams. */
export const threadWheel = new TimerWheel();
