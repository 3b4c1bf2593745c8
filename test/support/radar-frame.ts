import { COMMON_HEADER_BYTES, type FrameType, FrameView, StreamlibError } from '../../server/processor.ts';

/* A frame type as a third party writes it, with nothing but what streamlib/processor exports. */

/** One sweep of a radar: how far something is, by bearing. */
export class SweepView extends FrameView {
  get bearings(): number {
    return this.slot.u32[COMMON_HEADER_BYTES / 4] as number;
  }

  get distances(): Float32Array {
    const first = COMMON_HEADER_BYTES / 4 + 2;
    return this.slot.f32.subarray(first, first + this.bearings);
  }
}

/** The type `acme.Sweep` of a version. Each call makes another one, as two installed copies of a package would. */
export function createSweepType(version: number): FrameType<SweepView, { readonly bearings: number }> {
  const headerBytes = COMMON_HEADER_BYTES + 8;
  return {
    name: 'acme.Sweep',
    version,
    headerBytes,
    byteLength: ({ bearings }) => headerBytes + bearings * 4,
    view: (slot) => new SweepView(slot),
    format(view, { bearings }) {
      view.slot.u32[COMMON_HEADER_BYTES / 4] = bearings;
    },
    toJson: (view) => ({ distances: Array.from(view.distances) }),
    encode: (view) => new Uint8Array(Float32Array.from(view.distances).buffer),
    decode(bytes, acquire) {
      if (bytes.length % 4 !== 0) {
        const text = `bytes must hold numbers of 4 bytes, was ${bytes.length} bytes`;
        throw new StreamlibError('FIELD_INVALID', text, { path: 'bytes' });
      }
      const view = acquire({ bearings: bytes.length / 4 });
      view.distances.set(new Float32Array(Uint8Array.from(bytes).buffer));
      return view;
    },
  };
}

export const Sweep = createSweepType(2);
