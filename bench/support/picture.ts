import type { VideoFrameView, VideoShape } from '../../server/runtime/frame/video-frame.ts';

/** 1080p RGBA: 8.3 MB. */
export const FULL_HD = { format: 'rgba8', width: 1920, height: 1080 } as const satisfies VideoShape;

/** The bytes of its picture. */
export const FULL_HD_BYTES = FULL_HD.width * FULL_HD.height * 4;

/** Marks the two ends of a picture with its number, which costs nothing. */
export function markEnds(frame: VideoFrameView, number: number): void {
  const { data } = frame.plane(0);
  data[0] = number;
  data[data.length - 1] = number;
}

/** Whether the two ends carry the number. */
export function hasEnds(frame: VideoFrameView, number: number): boolean {
  const { data } = frame.plane(0);
  return data[0] === (number & 0xff) && data[data.length - 1] === (number & 0xff);
}

/** Whether the first byte of every row carries the number. */
export function hasRows(frame: VideoFrameView, number: number): boolean {
  const { data, strideBytes, rows } = frame.plane(0);
  for (let row = 0; row < rows; row++) if (data[row * strideBytes] !== (number & 0xff)) return false;
  return true;
}
