import { StreamlibError } from '../errors.ts';
import type { FrameInit } from './frame-type.ts';
import type { VideoFrameView, VideoPlane } from './video-frame.ts';
import {
  assertVideoShape,
  PIXEL_FORMATS,
  type PixelFormat,
  planeCount,
  rowBytesOf,
  rowsOf,
  type VideoShape,
} from './video-layout.ts';
import { toInt64, toUint64 } from './whole-number.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/* A video frame as the schema's VideoFrame message: rows without gaps, fractions of a microsecond rounded. */

/** The frame with all its pixels, as plain values that share no memory with it. */
export function videoToProto(view: VideoFrameView): FrameInit {
  const { width, height, monotonicNs, colorPrimaries, colorTransfer, colorMatrix, fullRange } = view;
  return {
    frame: {
      case: 'video',
      value: {
        format: PIXEL_FORMATS.indexOf(view.format) as 1 | 2 | 3 | 4,
        width,
        height,
        planes: view.planes.map(withoutGaps),
        strides: view.planes.map(({ rowBytes }) => rowBytes),
        monotonicNs,
        ptsUs: toInt64(view.ptsUs),
        durationUs: toUint64(view.durationUs),
        colorPrimaries,
        colorTransfer,
        colorMatrix,
        fullRange,
      },
    },
  };
}

/** The same in binary form. */
export function encodeVideo(view: VideoFrameView): Uint8Array {
  return encode(view, view.planes.map(withoutGaps));
}

/** The same without the pixels. */
export const encodeVideoHeader = (view: VideoFrameView): Uint8Array => encode(view, []);

function encode(view: VideoFrameView, planes: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter(planes.reduce((sum, { length }) => sum + length, 128));
  writer.uint32(1, PIXEL_FORMATS.indexOf(view.format));
  writer.uint32(2, view.width);
  writer.uint32(3, view.height);
  for (const plane of planes) writer.element(4, plane);
  writer.uint32List(
    5,
    view.planes.map(({ rowBytes }) => rowBytes),
  );
  writer.uint64(6, view.monotonicNs);
  writer.int64(9, toInt64(view.ptsUs));
  writer.uint64(10, toUint64(view.durationUs));
  writer.uint32(11, view.colorPrimaries);
  writer.uint32(12, view.colorTransfer);
  writer.uint32(13, view.colorMatrix);
  writer.bool(14, view.fullRange);
  return writer.finish();
}

interface EncodedPicture {
  readonly shape: VideoShape;
  readonly planes: readonly Uint8Array[];
  readonly strides: readonly number[];
}

/** The frame that was encoded. Throws FIELD_INVALID, and has acquired nothing then, for bytes that are no such message. */
export function decodeVideo(
  bytes: Uint8Array,
  acquire: (shape: VideoShape) => VideoFrameView,
): VideoFrameView {
  const reader = new WireReader(bytes);
  let format = 0;
  let width = 0;
  let height = 0;
  const planes: Uint8Array[] = [];
  const strides: number[] = [];
  const times = { monotonicNs: 0n, ptsUs: 0, durationUs: 0 };
  const color = { colorPrimaries: 0, colorTransfer: 0, colorMatrix: 0, fullRange: false };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        format = reader.uint32();
        break;
      case 2:
        width = reader.uint32();
        break;
      case 3:
        height = reader.uint32();
        break;
      case 4:
        planes.push(reader.bytes());
        break;
      case 5:
        for (const stride of reader.uint32List()) strides.push(stride);
        break;
      case 6:
        times.monotonicNs = reader.uint64();
        break;
      case 9:
        times.ptsUs = Number(reader.int64());
        break;
      case 10:
        times.durationUs = Number(reader.uint64());
        break;
      case 11:
        color.colorPrimaries = reader.uint32();
        break;
      case 12:
        color.colorTransfer = reader.uint32();
        break;
      case 13:
        color.colorMatrix = reader.uint32();
        break;
      case 14:
        color.fullRange = reader.bool();
        break;
    }
  }
  const shape = { format: (PIXEL_FORMATS[format] ?? `${format}`) as PixelFormat, width, height };
  assertPicture({ shape, planes, strides });
  assertColor(color);
  const view = acquire(shape);
  Object.assign(view, times, color);
  view.planes.forEach((plane, i) => {
    copyRows(planes[i] as Uint8Array, strides[i] as number, plane);
  });
  return view;
}

/** Throws FIELD_INVALID for planes that do not hold the rows that the shape says. */
function assertPicture({ shape, planes, strides }: EncodedPicture): void {
  assertVideoShape(shape);
  const { format, width, height } = shape;
  const count = planeCount(format);
  if (planes.length !== count || strides.length !== count) {
    throw malformed(`${count} planes and strides`, `${planes.length} and ${strides.length}`);
  }
  for (let i = 0; i < count; i++) {
    const stride = strides[i] as number;
    const rowBytes = rowBytesOf(format, i, width);
    if (stride < rowBytes) throw malformed(`a stride from ${rowBytes} for plane ${i}`, `${stride}`);
    const { length } = planes[i] as Uint8Array;
    // NB: nothing need follow the last row.
    const least = stride * (rowsOf(format, i, height) - 1) + rowBytes;
    if (length < least) throw malformed(`${least} bytes or more in plane ${i}`, `${length}`);
  }
}

function assertColor(color: Readonly<Record<string, number | boolean>>): void {
  for (const [field, code] of Object.entries(color)) {
    if (typeof code === 'number' && code > 255) throw malformed(`${field} from 0 to 255`, `${code}`);
  }
}

/** A copy of a plane's rows. */
function withoutGaps(plane: VideoPlane): Uint8Array<ArrayBuffer> {
  const { rowBytes, rows } = plane;
  const data = new Uint8Array(rowBytes * rows);
  copyRows(plane.data, plane.strideBytes, { data, strideBytes: rowBytes, rowBytes, rows });
  return data;
}

function copyRows(from: Uint8Array, fromStrideBytes: number, to: VideoPlane): void {
  const { data, strideBytes, rowBytes, rows } = to;
  if (fromStrideBytes === strideBytes) {
    data.set(from.subarray(0, Math.min(from.length, data.length)));
    return;
  }
  for (let row = 0; row < rows; row++) {
    const start = row * fromStrideBytes;
    data.set(from.subarray(start, start + rowBytes), row * strideBytes);
  }
}

function malformed(wanted: string, was: string): StreamlibError {
  const text = `bytes of a VideoFrame must hold ${wanted}, was ${was}`;
  return new StreamlibError('FIELD_INVALID', text, { path: 'bytes' });
}
