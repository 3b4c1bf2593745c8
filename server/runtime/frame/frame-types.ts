import { StreamlibError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { ProcessorDescriptor } from '../processor.ts';
import { AudioFrame } from './audio-frame.ts';
import { DataFrame } from './data-frame.ts';
import type { Frame } from './frame-type.ts';
import { MarketData } from './market-data.ts';
import { threadNames } from './name-table.ts';
import { opaqueFrameType } from './opaque-frame.ts';
import { type AnyFrameType, frameTypeOf } from './slot-reference.ts';
import { VideoFrame } from './video-frame.ts';

const AUDIO = /^AudioFrame<(\d{1,3})>$/;

const builtIn = new Map<string, AnyFrameType>(
  [DataFrame, VideoFrame, MarketData, AudioFrame.any].map((type) => [type.name, type]),
);
const typesById = new Map<number, AnyFrameType>();
let lastId = 0;
let lastType: AnyFrameType | undefined;

/** Types of third parties, as the descriptors that this thread has loaded mention them. */
const registered = new Map<string, AnyFrameType>();

/**
 * The frame type of a name: one that streamlib comes with, or one that a descriptor loaded by this thread mentions.
 * A name that this thread does not know becomes opaque, of version 0, until it is registered.
 */
export function frameTypeNamed(name: string): AnyFrameType {
  return builtInFrameType(name) ?? registered.get(name) ?? opaqueFrameType(name);
}

function builtInFrameType(name: string): AnyFrameType | undefined {
  const channels = Number(AUDIO.exec(name)?.[1]);
  return channels >= 1 && channels <= 255 ? AudioFrame.of(channels) : builtIn.get(name);
}

/**
 * Makes the frame types of a processor type's ports known to this thread; called with each descriptor that it
 * loads. All or none: throws FIELD_INVALID naming the port for a name that is known with another version, since
 * frames of both could meet on a link.
 */
export function registerFrameTypes({
  name,
  inputs,
  outputs,
}: Pick<ProcessorDescriptor, 'name' | 'inputs' | 'outputs'>): void {
  const found = new Map<string, AnyFrameType>();
  for (const [side, ports] of Object.entries({ inputs, outputs })) {
    for (const [port, { frame }] of Object.entries(ports)) {
      if (frame === 'any') continue;
      assertSameAsKnown(frame, found.get(frame.name), `${name}.${side}.${port}.frame`);
      found.set(frame.name, frame);
    }
  }
  for (const [typeName, type] of found) {
    const isNew = builtInFrameType(typeName) === undefined && !registered.has(typeName);
    if (isNew) registered.set(typeName, type);
  }
  // What was opaque may be known from now on.
  typesById.clear();
  lastType = undefined;
}

function assertSameAsKnown(type: AnyFrameType, found: AnyFrameType | undefined, path: string): void {
  const own = builtInFrameType(type.name);
  // NB: another copy of streamlib has another table of names; what its frames call a channel means nothing here.
  if (own !== undefined && own !== type) {
    const text = `${path} must be the ${type.name} of the streamlib that runs it, was that of another copy`;
    throw new StreamlibError('FIELD_INVALID', text, { path });
  }
  const known = own ?? registered.get(type.name) ?? found;
  if (known === undefined || known.version === type.version) return;
  const text = `${path} must be ${type.name} version ${known.version}, as it is known here, was version ${type.version}`;
  throw new StreamlibError('FIELD_INVALID', text, { path });
}

/** The frame type whose name has an id in this thread's table of names. */
export function frameTypeOfId(id: number): AnyFrameType {
  if (id === lastId && lastType !== undefined) return lastType;
  let type = typesById.get(id);
  if (type === undefined) {
    type = frameTypeNamed(threadNames().nameOf(id));
    typesById.set(id, type);
  }
  lastId = id;
  lastType = type;
  return type;
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
