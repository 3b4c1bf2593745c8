import type { JsonValue } from '../json.ts';
import { AudioFrame } from './audio-frame.ts';
import { DataFrame } from './data-frame.ts';
import type { Frame } from './frame-type.ts';
import { opaqueFrameType } from './opaque-frame.ts';
import { type AnyFrameType, frameTypeOf } from './slot-reference.ts';

const AUDIO = /^AudioFrame<(\d{1,3})>$/;

/** The frame type of a name, for inputs that take any. A name that this thread does not know becomes opaque. */
export function frameTypeNamed(name: string): AnyFrameType {
  if (name === DataFrame.name) return DataFrame;
  if (name === AudioFrame.any.name) return AudioFrame.any;
  const channels = Number(AUDIO.exec(name)?.[1]);
  return channels >= 1 && channels <= 255 ? AudioFrame.of(channels) : opaqueFrameType(name);
}

/** A frame of any type as plain JSON. */
export function frameToJson(frame: Frame): JsonValue {
  return frameTypeOf(frame).toJson(frame);
}

export { frameTypeOf };

/** Whether a port of type `wanted` takes frames of type `given`, by their names. */
export function acceptsFrameType(wanted: string, given: string): boolean {
  return wanted === given || (wanted === AudioFrame.any.name && AUDIO.test(given));
}
