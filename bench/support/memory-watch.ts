import { median } from './statistics.ts';

const INTERVAL_MS = 100;
/** The share of the samples that stands for the end, and for the time just after the warm-up. */
const EDGE_SHARE = 0.1;

/** Looks at the resident memory of this process until it is disposed of. */
export class MemoryWatch implements Disposable {
  readonly #bytes: number[] = [process.memoryUsage.rss()];
  readonly #timer = setInterval(() => this.#bytes.push(process.memoryUsage.rss()), INTERVAL_MS);

  /** How many bytes more there were at the end than after `warmUpShare` of the time; less than 0 if fewer. */
  growthBytes(warmUpShare: number): number {
    const warm = this.#bytes.slice(Math.floor(this.#bytes.length * warmUpShare));
    const edge = Math.max(1, Math.floor(this.#bytes.length * EDGE_SHARE));
    return median(warm.slice(-edge)) - median(warm.slice(0, edge));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
