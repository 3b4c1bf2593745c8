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
      version: 0,
      headerBytes: COMMON_HEADER_BYTES,
      byteLength() {
        throw new StreamlibError(
          'FIELD_INVALID',
          `a frame of type ${name} cannot be made here, only forwarded`,
        );
      },
      view: (slot, release) => new OpaqueFrameView(slot, release),
      format() {},
      toJson: (view) => ({ frame_type: name, byte_length: view.byteLength }),
    };
    types.set(name, type);
  }
  return type;
}
