/**
 * Adds up the processor time of the calling thread. Unlike the time on the clock it does not grow while other
 * programs have the core, so that a cost can be told on a busy machine; on an idle one both are the same.
 */
export class ThreadCost {
  #totalUs = 0;
  #clockMs = 0;
  #startedUs = 0;
  #startedMs = 0;

  /** Processor time between all starts and stops, microseconds. */
  get totalUs(): number {
    return this.#totalUs;
  }

  /** Time on the clock between them, microseconds. */
  get clockUs(): number {
    return this.#clockMs * 1000;
  }

  start(): void {
    this.#startedUs = spentUs();
    this.#startedMs = performance.now();
  }

  stop(): void {
    this.#clockMs += performance.now() - this.#startedMs;
    this.#totalUs += spentUs() - this.#startedUs;
  }
}

function spentUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
