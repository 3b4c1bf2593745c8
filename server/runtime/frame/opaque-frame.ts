import { StreamlibError } from '../errors.ts';
import { COMMON_HEADER_BYTES, type FrameType } from './frame-type.ts';
import { FrameView } from './frame-view.ts';

class OpaqueFrameView extends FrameView {}

const types = new Map<string, FrameType<FrameView, never>>();

/** Stands for a frame type that this thread has no code for: such frames can be forwarded, counted and measured. */
export function opaqueFrameType(name: string): FrameType<FrameView, never> {
  let type = types.get(name);
  if (type === undefined) {
    type = {
      name,
      // NB: registered types begin at 1.
      version: 0,
      headerBytes: COMMON_HEADER_BYTES,
      byteLength: () => refuse(name, 'made'),
      view: (slot) => new OpaqueFrameView(slot),
      format() {},
      toJson: (view) => ({ frame_type: name, byte_length: view.byteLength }),
      toProto: (view) => ({
        frame: { case: 'opaque', value: { frameType: name, monotonicNs: view.monotonicNs } },
      }),
      encode: () => refuse(name, 'encoded'),
      decode: () => refuse(name, 'decoded'),
    };
    types.set(name, type);
  }
  return type;
}

function refuse(name: string, what: string): never {
  const text = `a frame of type ${name} cannot be ${what} here, only forwarded: no processor type loaded here uses it`;
  throw new StreamlibError('FIELD_INVALID', text, { path: 'frame_type', details: { frame_type: name } });
}
