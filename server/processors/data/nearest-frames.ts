import type { DataFrameView } from '../../runtime/frame/data-frame.ts';

/** Frames in order of time, asked for the one nearest to times that only grow. It holds them until they are behind. */
export class NearestFrames {
  readonly #frames: DataFrameView[] = [];

  get size(): number {
    return this.#frames.length;
  }

  add(frame: DataFrameView): void {
    this.#frames.push(frame);
  }

  /** Whether no frame that is still to come can be nearer to this time. */
  reaches(timeUs: number): boolean {
    const newest = this.#frames.at(-1);
    return newest !== undefined && newest.timestampUs >= timeUs;
  }

  /** Lets go of what no time from this one on is nearest to. */
  moveTo(timeUs: number): void {
    for (let next = this.#frames[1]; next !== undefined && next.timestampUs <= timeUs; next = this.#frames[1])
      this.#frames.shift()?.release();
  }

  /** The nearest frame, the earlier of two; undefined if there is none. It stays here. */
  nearest(timeUs: number): DataFrameView | undefined {
    this.moveTo(timeUs);
    const [earlier, later] = this.#frames;
    if (earlier === undefined || later === undefined) return earlier;
    return later.timestampUs - timeUs < Math.abs(timeUs - earlier.timestampUs) ? later : earlier;
  }

  clear(): void {
    for (const frame of this.#frames.splice(0)) frame.release();
  }
}
