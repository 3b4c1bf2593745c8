import type { ProcessorDescriptor } from '../processor.ts';
import { AV_SYNC_WORDS, AvSyncMeter } from './av-sync-meter.ts';

/** The f64 words of counters that lane/processor-counters.ts lays out before those of the meter. */
export const AV_SYNC_FIRST_WORD = 16;

/** Notes the time of a frame that was read, microseconds. */
export type AvSyncProbe = (monotonicUs: number) => void;

/** The meter's words in the memory of a processor's counters; none in memory that has no room for them. */
export const avSyncWordsOf = (counters: SharedArrayBuffer): Float64Array =>
  new Float64Array(counters, AV_SYNC_FIRST_WORD * 8).subarray(0, AV_SYNC_WORDS);

/**
 * What is to be called with the time of each frame that an input reads, by the input's name. Empty unless the type
 * has both an input of `VideoFrame` and one of an `AudioFrame`, so that all others pay nothing. For the thread that
 * hosts the processor.
 */
export function avSyncProbes(
  inputs: ProcessorDescriptor['inputs'],
  words: Float64Array,
): ReadonlyMap<string, AvSyncProbe> {
  const video = inputsOf(inputs, (frameType) => frameType === 'VideoFrame');
  const audio = inputsOf(inputs, (frameType) => frameType.startsWith('AudioFrame<'));
  const probes = new Map<string, AvSyncProbe>();
  if (video.length === 0 || audio.length === 0) return probes;
  const meter = new AvSyncMeter(words);
  const noteVideo: AvSyncProbe = (us) => meter.noteVideo(us);
  const noteAudio: AvSyncProbe = (us) => meter.noteAudio(us);
  for (const name of video) probes.set(name, noteVideo);
  for (const name of audio) probes.set(name, noteAudio);
  return probes;
}

function inputsOf(
  inputs: ProcessorDescriptor['inputs'],
  matches: (frameType: string) => boolean,
): readonly string[] {
  return Object.keys(inputs).filter((name) => {
    const frame = inputs[name]?.frame ?? 'any';
    return frame !== 'any' && matches(frame.name);
  });
}
