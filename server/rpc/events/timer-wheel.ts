/** How exact the wheel is for short delays: a timer fires at most so late, besides what the loop itself is late. */
const TICK_MS = 20;

/** How exact it is for long ones, as a share of the delay: so timers that are due at about the same time fire at once. */
const LARGEST_DELAY_SHARE = 1 / 64;

/** Longer ones of the process fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

interface WheelTimer {
  readonly tick: number;
  readonly fire: () => void;
}

/**
 * Many timers that need not be exact, on one timer of the process, which is set for the first of them: thousands of idle
 * streams cost a few wake-ups a second, and nothing while there are none. Used by one thread.
 */
export class TimerWheel {
  readonly #buckets = new Map<number, Set<WheelTimer>>();
  #timeout: NodeJS.Timeout | undefined;
  #nextTick = Number.POSITIVE_INFINITY;

  /** Calls `fire` once, `delayMs` from now at the earliest. Answers what prevents that. */
  after(delayMs: number, fire: () => void): () => void {
    const step = stepOf(delayMs);
    const tick = Math.ceil((tickOf(performance.now() + delayMs) + 1) / step) * step;
    const timer = { tick, fire };
    const bucket = this.#buckets.get(tick);
    if (bucket === undefined) this.#buckets.set(tick, new Set([timer]));
    else bucket.add(timer);
    if (tick < this.#nextTick) this.#sleepUntil(tick);
    return () => this.#cancel(timer);
  }

  #cancel(timer: WheelTimer): void {
    const bucket = this.#buckets.get(timer.tick);
    if (bucket?.delete(timer) !== true || bucket.size > 0) return;
    this.#buckets.delete(timer.tick);
    // NB: otherwise it wakes once for nothing, which costs less than to look for the next one each time.
    if (this.#buckets.size === 0) this.#sleepUntil(Number.POSITIVE_INFINITY);
  }

  #sleepUntil(tick: number): void {
    clearTimeout(this.#timeout);
    this.#nextTick = tick;
    if (tick === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(Math.ceil(tick * TICK_MS - performance.now()), LONGEST_TIMEOUT_MS);
    // Nothing waits for the wheel alone.
    this.#timeout = setTimeout(this.#turn, delayMs).unref();
  }

  readonly #turn = (): void => {
    this.#nextTick = Number.POSITIVE_INFINITY;
    const now = tickOf(performance.now());
    for (const tick of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      if (tick > now) {
        if (tick < this.#nextTick) this.#sleepUntil(tick);
        return;
      }
      for (const timer of this.#buckets.get(tick) ?? []) {
        this.#cancel(timer);
        timer.fire();
      }
    }
  };
}

/** A power of two, so that steps of different lengths meet. */
function stepOf(delayMs: number): number {
  const largest = (delayMs * LARGEST_DELAY_SHARE) / TICK_MS;
  return largest < 2 ? 1 : 2 ** Math.floor(Math.log2(largest));
}

const tickOf = (ms: number): number => Math.floor(ms / TICK_MS);

/** The wheel of this thread, for heartbeats, pings and the age of streams. */
export const threadWheel = new TimerWheel();
