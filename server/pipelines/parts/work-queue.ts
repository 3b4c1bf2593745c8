/** Work that is fetched by whoever does it, who waits while there is none. */
export class WorkQueue<Work> {
  readonly #most: number;
  #waiting: Work[] = [];
  #fetch: PromiseWithResolvers<readonly Work[]> | undefined;

  /** `most` is how many items are fetched at once. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(work: Work): void {
    this.#waiting.push(work);
    this.#hand();
  }

  /** The next items, as soon as there are any. A call before has then been given up: it gets nothing. */
  take(): Promise<readonly Work[]> {
    this.#fetch?.resolve([]);
    this.#fetch = Promise.withResolvers();
    const { promise } = this.#fetch;
    this.#hand();
    return promise;
  }

  /** What there is now, nothing included. */
  takeRest(): readonly Work[] {
    return this.#waiting.splice(0);
  }

  #hand(): void {
    if (this.#fetch === undefined || this.#waiting.length === 0) return;
    this.#fetch.resolve(this.#waiting.splice(0, this.#most));
    this.#fetch = undefined;
  }
}
