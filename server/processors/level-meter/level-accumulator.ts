import type { AudioFrameView } from '../../runtime/frame/audio-frame.ts';

/** Levels by name: `rms`, `peak_db`, `rms_0`, …. */
export type Levels = Record<string, number>;

/** What silence counts as: the smallest step of 24-bit sound, since JSON cannot say minus infinity. */
const FLOOR_DB = -144;

/** Collects sound of one format until somebody takes its levels. */
export class LevelAccumulator {
  readonly #sampleRateHz: number;
  readonly #sumsOfSquares: Float64Array;
  readonly #peaks: Float64Array;
  #samples = 0;

  constructor(channels: number, sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#sumsOfSquares = new Float64Array(channels);
    this.#peaks = new Float64Array(channels);
  }

  /** Samples per channel since the last `take`. */
  get samples(): number {
    return this.#samples;
  }

  /** The names of what `take` answers, in its order. */
  get names(): readonly string[] {
    return Object.keys(this.#levels());
  }

  fits({ channels, sampleRateHz }: AudioFrameView): boolean {
    return channels === this.#peaks.length && sampleRateHz === this.#sampleRateHz;
  }

  /** Adds the samples from `start` to before `end` of every channel. */
  add(frame: AudioFrameView, start: number, end: number): void {
    for (let c = 0; c < this.#peaks.length; c++) {
      const values = frame.channel(c);
      let sum = this.#sumsOfSquares[c] as number;
      let peak = this.#peaks[c] as number;
      for (let i = start; i < end; i++) {
        const value = values[i] as number;
        sum += value * value;
        peak = Math.max(peak, Math.abs(value));
      }
      this.#sumsOfSquares[c] = sum;
      this.#peaks[c] = peak;
    }
    this.#samples += end - start;
  }

  /** The levels of what was added, and a fresh start. */
  take(): Levels {
    const levels = this.#levels();
    this.#sumsOfSquares.fill(0);
    this.#peaks.fill(0);
    this.#samples = 0;
    return levels;
  }

  #levels(): Levels {
    const channels = this.#peaks.length;
    const sum = this.#sumsOfSquares.reduce((total, value) => total + value, 0);
    const levels = entries('', sum / (this.#samples * channels), Math.max(0, ...this.#peaks));
    for (let c = 0; c < channels; c++) {
      const meanSquare = (this.#sumsOfSquares[c] as number) / this.#samples;
      Object.assign(levels, entries(`_${c}`, meanSquare, this.#peaks[c] as number));
    }
    return levels;
  }
}

function entries(suffix: string, meanSquare: number, peak: number): Levels {
  const rms = Math.sqrt(meanSquare);
  return {
    [`rms${suffix}`]: rms,
    [`peak${suffix}`]: peak,
    [`rms_db${suffix}`]: decibels(rms),
    [`peak_db${suffix}`]: decibels(peak),
  };
}

function decibels(amplitude: number): number {
  return Math.max(FLOOR_DB, 20 * Math.log10(amplitude));
}
