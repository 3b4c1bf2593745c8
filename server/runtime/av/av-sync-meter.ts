/*
 * How far apart the video and the audio are that one processor reads, as f64 words behind its counters (see
 * lane/processor-counters.ts); the processor's lane writes them, anyone reads.
 *
 *   word   0         1           2        3        4 … 7
 *        ┌─────────┬───────────┬─────────┬────────┬──────┐
 *        │ samples │ current ms│ mean ms │ max ms │ 0    │
 *        └─────────┴───────────┴─────────┴────────┴──────┘
 */
const SAMPLES = 0;
const CURRENT_MS = 1;
const MEAN_MS = 2;
const MAX_MS = 3;

/** What the meter remembers for itself. */
const VIDEO_US = 0;
const AUDIO_US = 1;
const VIDEO_INTERVAL_US = 2;

/** How many f64 words a meter has. */
export const AV_SYNC_WORDS = 8;

/** Until two video frames have told their interval, video that is older than this beside the audio is overdue. */
const ASSUMED_VIDEO_INTERVAL_US = 100_000;

/** The sync error of a processor. Positive: its video is later than its audio, as in `videoAudioDeltaMs`. */
export interface AvSyncError {
  /** Times that the two were compared. */
  readonly samples: number;
  /** As compared last. */
  readonly currentMs: number;
  readonly meanMs: number;
  /** The one furthest from 0. */
  readonly maxMs: number;
}

/**
 * Measures the sync error of a processor that reads video and audio, from the times of the frames in the order in
 * which it reads them. For the thread that hosts the processor; it allocates nothing.
 *
 * The error is taken at each video frame: how much later it is than the newest audio frame. In step, that is 0 up
 * to the length of one audio frame. Audio frames come more often, and between two video frames they only show that
 * the next one is not yet due; they are compared once it is overdue by the interval of the last two.
 */
export class AvSyncMeter {
  readonly #words: Float64Array;
  /** NB: numbers in fields would be objects on the heap, one for each that is written. */
  readonly #state = Float64Array.of(Number.NaN, Number.NaN, ASSUMED_VIDEO_INTERVAL_US);

  /** `words` are `AV_SYNC_WORDS` words; it goes on from what they hold. */
  constructor(words: Float64Array) {
    this.#words = words;
  }

  /** A video frame was read whose `monotonicUs` is this. */
  noteVideo(monotonicUs: number): void {
    const state = this.#state;
    const intervalUs = monotonicUs - (state[VIDEO_US] as number);
    state[VIDEO_US] = monotonicUs;
    // NB: false for NaN, before there was anything to compare with.
    if (intervalUs > 0) state[VIDEO_INTERVAL_US] = intervalUs;
    const errorUs = monotonicUs - (state[AUDIO_US] as number);
    if (!Number.isNaN(errorUs)) this.#record(errorUs / 1000);
  }

  /** An audio frame was read whose `monotonicUs` is this. */
  noteAudio(monotonicUs: number): void {
    const state = this.#state;
    state[AUDIO_US] = monotonicUs;
    const errorUs = (state[VIDEO_US] as number) - monotonicUs;
    if (errorUs < -(state[VIDEO_INTERVAL_US] as number)) this.#record(errorUs / 1000);
  }

  #record(errorMs: number): void {
    const words = this.#words;
    const samples = (words[SAMPLES] as number) + 1;
    const mean = words[MEAN_MS] as number;
    words[CURRENT_MS] = errorMs;
    words[MEAN_MS] = mean + (errorMs - mean) / samples;
    if (Math.abs(errorMs) > Math.abs(words[MAX_MS] as number)) words[MAX_MS] = errorMs;
    words[SAMPLES] = samples;
  }
}

/** Reads a meter's words; any thread, at any time. Undefined until both video and audio were read. */
export function readAvSync(words: Float64Array): AvSyncError | undefined {
  const samples = words[SAMPLES] ?? 0;
  if (samples === 0) return undefined;
  const [, currentMs = 0, meanMs = 0, maxMs = 0] = words;
  return { samples, currentMs, meanMs, maxMs };
}
