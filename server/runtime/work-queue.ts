/** Work that is fetched by whoever does it, who waits while there is none. */
export class WorkQueue<Work> {
  readonly #most: number;
  #waiting: Work[] = [];
  #fetch: PromiseWithResolvers<readonly Work[] | undefined> | undefined;
  #hasEnded = false;

  /** `most` is how many items are fetched at once. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether nothing is added any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  add(work: Work): void {
    this.#waiting.push(work);
    this.#hand();
  }

  /** Nothing more comes. */
  end(): void {
    this.#hasEnded = true;
    this.#hand();
  }

  /**
   * The next items, as soon as there are any; undefined when nothing more comes. A call before has then been given up: it
   * gets nothing.
   */
  take(): Promise<readonly Work[] | undefined> {
    this.#fetch?.resolve([]);
    this.#fetch = Promise.withResolvers();
    const { promise } = this.#fetch;
    this.#hand();
    return promise;
  }

  /** What there is now, nothing included. A call of `take` before has been given up: it gets nothing, now or later. */
  takeRest(): readonly Work[] {
    this.#fetch?.resolve([]);
    this.#fetch = undefined;
    return this.#waiting.splice(0);
  }

  #hand(): void {
    if (this.#fetch === undefined) return;
    if (this.#waiting.length > 0) this.#fetch.resolve(this.#waiting.splice(0, this.#most));
    else if (this.#hasEnded) this.#fetch.resolve(undefined);
    else return;
    this.#fetch = undefined;
  }
}
