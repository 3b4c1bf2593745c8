import type { DataFrameView } from '../../server/runtime/frame/data-frame.ts';
import type { Frame } from '../../server/runtime/frame/frame-type.ts';
import { VideoFrameView } from '../../server/runtime/frame/video-frame.ts';

/** The number that the sources of bench/ give their frames, from 0. */
export function frameNumber(frame: Frame): number {
  return frame instanceof VideoFrameView ? frame.ptsUs : (frame as DataFrameView).sequenceId;
}
