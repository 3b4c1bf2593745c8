import { StreamlibError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { FrameType } from './frame-type.ts';
import { FrameView } from './frame-view.ts';
import {
  assertVideoShape,
  PIXEL_FORMATS,
  type PixelFormat,
  planeCount,
  planeOffset,
  rowBytesOf,
  rowsOf,
  strideOf,
  VIDEO_HEADER_BYTES,
  type VideoShape,
} from './video-layout.ts';
import { decodeVideo, encodeVideo, encodeVideoHeader, videoToProto } from './video-message.ts';

/*
 *  16       17         20      24       28         29        30      31     32       40           48
 *  ┌────────┬──────────┬───────┬────────┬──────────┬─────────┬───────┬──────┬────────┬────────────┬─────────┬──────
 *  │ format │ log2 row │ width │ height │ primaries│ transfer│ matrix│ full │ pts µs │ duration µs│ plane 0 │ plane 1, …
 *  │        │ alignment│ u32   │ u32    │          │         │       │ range│ f64    │ f64        │         │ (each at
 *  └────────┴──────────┴───────┴────────┴──────────┴─────────┴───────┴──────┴────────┴────────────┴─────────┴ 48+64n)
 */
const FORMAT_WORD = 4;
const WIDTH_WORD = 5;
const HEIGHT_WORD = 6;
const PRIMARIES_BYTE = 28;
const TRANSFER_BYTE = 29;
const MATRIX_BYTE = 30;
const FULL_RANGE_BYTE = 31;
const PTS_F64 = 4;
const DURATION_F64 = 5;

/** Of ITU-T H.273: unspecified, and what RGB has for a matrix. */
const UNSPECIFIED = 2;
const IDENTITY = 0;

/** One plane of a picture, in the slot's own memory. */
export interface VideoPlane {
  /** All rows: `strideBytes` × `rows` bytes. */
  readonly data: Uint8Array;
  /** From the beginning of one row to that of the next. */
  readonly strideBytes: number;
  /** What a row uses of its stride. */
  readonly rowBytes: number;
  readonly rows: number;
}

/** One uncompressed picture. `monotonicNs` is when it was captured or made. */
export class VideoFrameView extends FrameView implements VideoShape {
  #planes: readonly VideoPlane[] = [];
  #planesFormat = 0;
  #planesWidth = 0;
  #planesHeight = 0;

  get format(): PixelFormat {
    return PIXEL_FORMATS[(this.slot.u32[FORMAT_WORD] as number) & 0xff] as PixelFormat;
  }

  get width(): number {
    return this.slot.u32[WIDTH_WORD] as number;
  }

  get height(): number {
    return this.slot.u32[HEIGHT_WORD] as number;
  }

  get rowAlignmentBytes(): number {
    return 1 << ((this.slot.u32[FORMAT_WORD] as number) >>> 8);
  }

  /** Presentation time on the stream's own time line, microseconds; 0 until it is set. */
  get ptsUs(): number {
    return this.slot.f64[PTS_F64] as number;
  }

  set ptsUs(us: number) {
    this.slot.f64[PTS_F64] = us;
  }

  /** How long it is shown, microseconds; 0 if that is not known. */
  get durationUs(): number {
    return this.slot.f64[DURATION_F64] as number;
  }

  set durationUs(us: number) {
    this.slot.f64[DURATION_F64] = us;
  }

  /** Code point of ITU-T H.273: 1 BT.709, 9 BT.2020, 2 unspecified (the default), …. */
  get colorPrimaries(): number {
    return this.slot.u8[PRIMARIES_BYTE] as number;
  }

  set colorPrimaries(code: number) {
    this.#setCode(PRIMARIES_BYTE, 'colorPrimaries', code);
  }

  /** Code point of ITU-T H.273: 1 BT.709, 13 sRGB, 16 PQ, 18 HLG, 2 unspecified (the default), …. */
  get colorTransfer(): number {
    return this.slot.u8[TRANSFER_BYTE] as number;
  }

  set colorTransfer(code: number) {
    this.#setCode(TRANSFER_BYTE, 'colorTransfer', code);
  }

  /** Code point of ITU-T H.273: 0 RGB (theirs), 1 BT.709, 6 BT.601, 9 BT.2020, 2 unspecified (the default of YCbCr), …. */
  get colorMatrix(): number {
    return this.slot.u8[MATRIX_BYTE] as number;
  }

  set colorMatrix(code: number) {
    this.#setCode(MATRIX_BYTE, 'colorMatrix', code);
  }

  /** Whether values use 0 to 255, as RGB does by default, and not 16 to 235, the default of YCbCr. */
  get fullRange(): boolean {
    return this.slot.u8[FULL_RANGE_BYTE] === 1;
  }

  set fullRange(isFull: boolean) {
    this.slot.u8[FULL_RANGE_BYTE] = isFull ? 1 : 0;
  }

  /** The planes in the order of the format. The same objects as long as the slot is used for frames of this shape. */
  get planes(): readonly VideoPlane[] {
    const { u32 } = this.slot;
    if (
      u32[FORMAT_WORD] !== this.#planesFormat ||
      u32[WIDTH_WORD] !== this.#planesWidth ||
      u32[HEIGHT_WORD] !== this.#planesHeight
    ) {
      this.#layOut();
    }
    return this.#planes;
  }

  /** One of the planes. Throws FIELD_INVALID for one that the format has not. */
  plane(index: number): VideoPlane {
    const plane = this.planes[index];
    if (plane !== undefined) return plane;
    const text = `plane of ${this.format} must be 0 to ${this.planes.length - 1}, was ${index}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'plane' });
  }

  #layOut(): void {
    const { u8, u32 } = this.slot;
    const { format, width, height } = this;
    const planes: VideoPlane[] = [];
    for (let i = 0; i < planeCount(format); i++) {
      const strideBytes = strideOf(this, i);
      const rows = rowsOf(format, i, height);
      const start = planeOffset(this, i);
      const data = u8.subarray(start, start + strideBytes * rows);
      planes.push({ data, strideBytes, rowBytes: rowBytesOf(format, i, width), rows });
    }
    this.#planes = planes;
    this.#planesFormat = u32[FORMAT_WORD] as number;
    this.#planesWidth = width;
    this.#planesHeight = height;
  }

  #setCode(at: number, field: string, code: number): void {
    if (!(Number.isInteger(code) && code >= 0 && code <= 255)) {
      const text = `${field} must be a whole number from 0 to 255, was ${code}`;
      throw new StreamlibError('FIELD_INVALID', text, { path: field });
    }
    this.slot.u8[at] = code;
  }
}

/** The frame type of uncompressed video. */
export const VideoFrame: FrameType<VideoFrameView, VideoShape> = {
  name: 'VideoFrame',
  version: 1,
  headerBytes: VIDEO_HEADER_BYTES,
  byteLength(shape) {
    assertVideoShape(shape);
    return planeOffset(shape, planeCount(shape.format));
  },
  view: (slot) => new VideoFrameView(slot),
  format(view, { format, width, height, rowAlignmentBytes = 1 }) {
    const { u8, u32 } = view.slot;
    const isRgb = format === 'rgba8' || format === 'bgra8';
    u32[FORMAT_WORD] = PIXEL_FORMATS.indexOf(format) | (Math.log2(rowAlignmentBytes) << 8);
    u32[WIDTH_WORD] = width;
    u32[HEIGHT_WORD] = height;
    u8[PRIMARIES_BYTE] = UNSPECIFIED;
    u8[TRANSFER_BYTE] = UNSPECIFIED;
    u8[MATRIX_BYTE] = isRgb ? IDENTITY : UNSPECIFIED;
    u8[FULL_RANGE_BYTE] = isRgb ? 1 : 0;
  },
  toJson: videoToJson,
  toProto: videoToProto,
  encode: encodeVideo,
  encodeHeader: encodeVideoHeader,
  decode: decodeVideo,
};

/** What the picture is like, without its pixels, which would be megabytes of text. */
function videoToJson(view: VideoFrameView): JsonValue {
  return {
    format: view.format,
    width: view.width,
    height: view.height,
    strides: view.planes.map(({ strideBytes }) => strideBytes),
    pts_us: view.ptsUs,
    duration_us: view.durationUs,
    color_primaries: view.colorPrimaries,
    color_transfer: view.colorTransfer,
    color_matrix: view.colorMatrix,
    full_range: view.fullRange,
    byte_length: view.byteLength,
  };
}

export type { PixelFormat, VideoShape } from './video-layout.ts';
