import { StreamlibError } from '../errors.ts';

/**
 * How the pixels of a video frame lie in its planes.
 *
 * | format | planes |
 * |---|---|
 * | `rgba8`, `bgra8` | one, 4 bytes per pixel in the order of the letters |
 * | `nv12` | luma, 1 byte per pixel; then Cb and Cr in turn, one pair for 2 × 2 pixels |
 * | `i420` | luma; then Cb; then Cr, 1 byte for 2 × 2 pixels |
 *
 * Chroma of odd widths and heights is rounded up, as in FFmpeg.
 */
export type PixelFormat = 'rgba8' | 'bgra8' | 'nv12' | 'i420';

/** By their number in the header and in the schema. */
export const PIXEL_FORMATS: readonly (PixelFormat | 'unspecified')[] = [
  'unspecified',
  'rgba8',
  'bgra8',
  'nv12',
  'i420',
];

/** What a video frame is made from. Another video frame is such a shape, too. */
export interface VideoShape {
  readonly format: PixelFormat;
  /** Pixels, 1 to 32,768. */
  readonly width: number;
  readonly height: number;
  /**
   * Each row begins at a multiple of this many bytes: a power of two from 1 to 256. Default 1: rows follow one
   * another without a gap. 32 or 64 is what vector instructions and many devices like.
   */
  readonly rowAlignmentBytes?: number;
}

/** Common and own header. With the 16 bytes before each frame, pixels begin at a multiple of 64 in their slot. */
export const VIDEO_HEADER_BYTES = 48;
const PLANE_ALIGNMENT_BYTES = 64;
const LARGEST_SIDE = 32_768;
const LARGEST_ROW_ALIGNMENT = 256;

const isSubsampled = (format: PixelFormat): boolean => format === 'nv12' || format === 'i420';

/** How many planes a format has: 1 to 3. */
export function planeCount(format: PixelFormat): number {
  if (format === 'i420') return 3;
  return format === 'nv12' ? 2 : 1;
}

/** Bytes of one row without what follows it for alignment. */
export function rowBytesOf(format: PixelFormat, plane: number, width: number): number {
  if (!isSubsampled(format)) return width * 4;
  if (plane === 0) return width;
  const chromaWidth = (width + 1) >> 1;
  return format === 'nv12' ? chromaWidth * 2 : chromaWidth;
}

/** How many rows a plane has, chroma rounded up. */
export function rowsOf(format: PixelFormat, plane: number, height: number): number {
  return plane > 0 && isSubsampled(format) ? (height + 1) >> 1 : height;
}

/** Bytes from one row to the next. */
export function strideOf(shape: VideoShape, plane: number): number {
  const mask = (shape.rowAlignmentBytes ?? 1) - 1;
  return (rowBytesOf(shape.format, plane, shape.width) + mask) & ~mask;
}

/** Where a plane begins in its frame; for the number behind the last one, where the frame ends. */
export function planeOffset(shape: VideoShape, plane: number): number {
  let end = VIDEO_HEADER_BYTES;
  for (let i = 0; i < plane; i++) {
    end = planeStart(end) + strideOf(shape, i) * rowsOf(shape.format, i, shape.height);
  }
  return plane < planeCount(shape.format) ? planeStart(end) : end;
}

const planeStart = (end: number): number =>
  VIDEO_HEADER_BYTES + Math.ceil((end - VIDEO_HEADER_BYTES) / PLANE_ALIGNMENT_BYTES) * PLANE_ALIGNMENT_BYTES;

/** Throws FIELD_INVALID naming the field. */
export function assertVideoShape({ format, width, height, rowAlignmentBytes = 1 }: VideoShape): void {
  if (PIXEL_FORMATS.indexOf(format) < 1) throw invalid('format', 'rgba8, bgra8, nv12 or i420', format);
  assertSide('width', width);
  assertSide('height', height);
  const isPowerOfTwo =
    Number.isInteger(rowAlignmentBytes) && (rowAlignmentBytes & (rowAlignmentBytes - 1)) === 0;
  if (!isPowerOfTwo || rowAlignmentBytes < 1 || rowAlignmentBytes > LARGEST_ROW_ALIGNMENT) {
    throw invalid(
      'rowAlignmentBytes',
      `a power of two from 1 to ${LARGEST_ROW_ALIGNMENT}`,
      rowAlignmentBytes,
    );
  }
}

function assertSide(field: 'width' | 'height', value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= LARGEST_SIDE) return;
  throw invalid(field, `a whole number from 1 to ${LARGEST_SIDE}`, value);
}

function invalid(path: string, wanted: string, value: unknown): StreamlibError {
  const text = `${path} of a VideoFrame must be ${wanted}, was ${value}`;
  return new StreamlibError('FIELD_INVALID', text, { path });
}
