/** Waits for the signals that ask a process to end. */
export class SignalWaits {
  /** Each ends one wait. */
  readonly #releases = new Set<() => void>();

  /**
   * Resolves with the name of the first SIGINT or SIGTERM and keeps the process alive until then, or until this is
   * disposed of. A second signal ends the process at once.
   */
  next(): Promise<NodeJS.Signals> {
    return new Promise((resolve) => {
      const keepAlive = setInterval(() => {}, 2 ** 30);
      const release = () => {
        clearInterval(keepAlive);
        process.off('SIGINT', onSignal);
        process.off('SIGTERM', onSignal);
        this.#releases.delete(release);
      };
      this.#releases.add(release);
      const onSignal = (signal: NodeJS.Signals) => {
        release();
        for (const second of ['SIGINT', 'SIGTERM'] as const) process.once(second, () => process.exit(1));
        resolve(signal);
      };
      process.on('SIGINT', onSignal);
      process.on('SIGTERM', onSignal);
    });
  }

  [Symbol.dispose](): void {
    for (const release of this.#releases) release();
  }
}
