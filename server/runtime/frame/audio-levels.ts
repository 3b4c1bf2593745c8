import type { AudioFrameView } from './audio-frame.ts';

/** So many take about a tenth of a millisecond, and are more than a second of sound. */
const MOST_SAMPLES = 65_536;

/** How loud one channel is, 1 being full scale. */
export interface AudioLevel {
  /** The root of the mean square. */
  readonly rms: number;
  readonly peak: number;
}

/** The levels of a frame by channel; none of a frame without samples, or with more than 65,536 in all. */
export function audioLevelsOf(view: AudioFrameView): AudioLevel[] {
  const { channels, samples } = view;
  if (samples === 0 || channels * samples > MOST_SAMPLES) return [];
  return Array.from({ length: channels }, (_, i) => levelOf(view.channel(i)));
}

function levelOf(samples: Float32Array): AudioLevel {
  let sum = 0;
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    sum += sample * sample;
    peak = Math.max(peak, Math.abs(sample));
  }
  return { rms: Math.sqrt(sum / samples.length), peak };
}
