import { StreamlibError } from '../errors.ts';
import { AudioFrame, type AudioFrameView } from './audio-frame.ts';
import { type AudioLevel, audioLevelsOf } from './audio-levels.ts';
import { DataFrame } from './data-frame.ts';
import type { Frame, FrameInit, FrameType } from './frame-type.ts';
import { frameTypeNamed } from './frame-types.ts';
import { MarketData } from './market-data.ts';
import { type AnyFrameType, frameTypeOf } from './slot-reference.ts';
import { VideoFrame } from './video-frame.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/* A frame of any type as the schema's Frame message, whose fields are these. */
const DATA = 1;
const AUDIO = 2;
const VIDEO = 3;
const MARKET = 4;
const OPAQUE = 5;

const FIELDS = new Map<string, number>([
  [DataFrame.name, DATA],
  [VideoFrame.name, VIDEO],
  [MarketData.name, MARKET],
]);

/** Where decoded frames come from: a pool. */
export interface FramePool {
  acquire<View extends Frame, Shape>(type: FrameType<View, Shape>, shape: Shape): View;
}

/** A frame of any type for the API. */
export function frameToProto(frame: Frame): FrameInit {
  const type = frameTypeOf(frame);
  if (type.toProto !== undefined) return type.toProto(frame);
  const { name: frameType, version: typeVersion } = type;
  const { monotonicNs } = frame;
  return {
    frame: { case: 'opaque', value: { frameType, data: type.encode(frame), monotonicNs, typeVersion } },
  };
}

/**
 * A frame of any type as the binary form of the schema's Frame message, for a journal, a dead letter, another
 * process or machine. Throws FIELD_INVALID for a frame whose type this thread does not know.
 */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const type = frameTypeOf(frame);
  const content = type.encode(frame);
  const writer = new WireWriter(content.length + 320);
  const field = fieldOf(type);
  writer.element(field, field === OPAQUE ? opaqueOf(frame, type, content) : content);
  return writer.finish();
}

/**
 * Makes the frame that `encodeFrame` encoded; sound comes back as the type of its number of channels. Throws
 * FIELD_INVALID for other bytes, for a type that this thread does not know, and for one that another version of the
 * type encoded.
 */
export function decodeFrame(bytes: Uint8Array, pool: FramePool): Frame {
  const reader = new WireReader(bytes);
  let field = 0;
  let content = new Uint8Array(0) as Uint8Array;
  while (reader.next()) {
    if (reader.field > OPAQUE) continue;
    field = reader.field;
    content = reader.bytes();
  }
  switch (field) {
    case DATA:
      return DataFrame.decode(content, (shape) => pool.acquire(DataFrame, shape));
    case AUDIO:
      return AudioFrame.any.decode(content, (shape) => pool.acquire(AudioFrame.of(shape.channels), shape));
    case VIDEO:
      return VideoFrame.decode(content, (shape) => pool.acquire(VideoFrame, shape));
    case MARKET:
      return MarketData.decode(content, (shape) => pool.acquire(MarketData, shape));
    case OPAQUE:
      return decodeOpaque(content, pool);
    default:
      throw new StreamlibError('FIELD_INVALID', 'bytes must hold an encoded frame, was none', {
        path: 'bytes',
      });
  }
}

/** A frame, or its header, as somebody sees it who only looks on. */
export interface ObservedFrame {
  /** The schema's Frame message, in memory of its own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it is the header only. */
  readonly truncated: boolean;
  /** Of sound that is truncated, by channel. */
  readonly levels?: readonly AudioLevel[];
}

/**
 * A frame for observers, whole or its header only. Never throws: of a frame whose type this thread does not know, or
 * whose `encode` throws, it gives the name of the type with version 0.
 */
export function encodeObserved(frame: Frame, isWhole: boolean): ObservedFrame {
  const type = frameTypeOf(frame);
  try {
    // NB: a copy of what was written alone, since a whole buffer crosses threads with any part of it.
    if (isWhole && type.version > 0) return { bytes: encodeFrame(frame).slice(), truncated: false };
    const header = isWhole ? undefined : type.encodeHeader?.(frame);
    const writer = new WireWriter();
    if (header !== undefined) writer.element(fieldOf(type), header);
    else writer.element(OPAQUE, opaqueOf(frame, type, new Uint8Array(0)));
    const bytes = writer.finish().slice();
    if (isWhole || fieldOf(type) !== AUDIO) return { bytes, truncated: true };
    return { bytes, truncated: true, levels: audioLevelsOf(frame as AudioFrameView) };
  } catch {
    const writer = new WireWriter();
    writer.element(OPAQUE, opaqueOf(frame, { name: type.name, version: 0 }, new Uint8Array(0)));
    return { bytes: writer.finish().slice(), truncated: true };
  }
}

const fieldOf = ({ name }: AnyFrameType): number =>
  FIELDS.get(name) ?? (name.startsWith('AudioFrame<') ? AUDIO : OPAQUE);

function opaqueOf(
  { monotonicNs }: Frame,
  { name, version }: Pick<AnyFrameType, 'name' | 'version'>,
  content: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const opaque = new WireWriter(content.length + 320);
  opaque.text(1, name);
  opaque.bytes(2, content);
  opaque.uint64(3, monotonicNs);
  opaque.uint32(4, version);
  return opaque.finish();
}

function decodeOpaque(bytes: Uint8Array, pool: FramePool): Frame {
  const reader = new WireReader(bytes);
  let name = '';
  let data = new Uint8Array(0) as Uint8Array;
  let monotonicNs = 0n;
  let version = 0;
  while (reader.next()) {
    if (reader.field === 1) name = reader.text();
    else if (reader.field === 2) data = reader.bytes();
    else if (reader.field === 3) monotonicNs = reader.uint64();
    else if (reader.field === 4) version = reader.uint32();
  }
  const type = frameTypeNamed(name);
  // NB: an unknown type is of version 0, and says in its own words that it decodes nothing.
  if (type.version !== 0 && type.version !== version) {
    const text = `bytes must hold a frame of ${name} version ${type.version}, was version ${version}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'bytes' });
  }
  const frame: Frame = type.decode(data, (shape: unknown) => pool.acquire(type, shape));
  frame.monotonicNs = monotonicNs;
  return frame;
}
