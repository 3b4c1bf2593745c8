import type { Frame } from '../frame/frame-type.ts';

/**
 * How far sound may be from its picture before viewers notice, on average: 45 ms early or 125 ms late
 * (Rec. ITU-R BT.1359-1, https://www.itu.int/rec/R-REC-BT.1359). Late sound is noticed less, since in nature it is
 * always late.
 */
export const DETECTABLE_SOUND_EARLY_MS = 45;
export const DETECTABLE_SOUND_LATE_MS = 125;

/** A frame, as far as its time goes. */
export type TimedFrame = Pick<Frame, 'monotonicNs'>;

/**
 * How much later the picture was captured than the sound, milliseconds. Presented at once, the sound of a positive
 * difference is heard late, of a negative one early.
 */
export function videoAudioDeltaMs(video: TimedFrame, audio: TimedFrame): number {
  return Number(video.monotonicNs - audio.monotonicNs) / 1e6;
}

/**
 * Whether picture and sound are close enough to be presented at once: with `toleranceMs` at most that far apart in
 * either direction, without it within the limits beyond which viewers notice.
 */
export function areSynchronized(video: TimedFrame, audio: TimedFrame, toleranceMs?: number): boolean {
  const deltaMs = videoAudioDeltaMs(video, audio);
  const earlyMs = toleranceMs ?? DETECTABLE_SOUND_EARLY_MS;
  const lateMs = toleranceMs ?? DETECTABLE_SOUND_LATE_MS;
  return deltaMs >= -earlyMs && deltaMs <= lateMs;
}
