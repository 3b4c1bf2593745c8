import { StreamlibError } from '../errors.ts';
import type { AudioFrameView, AudioShape } from './audio-frame.ts';
import { bytesOf } from './bytes-of.ts';
import type { FrameInit } from './frame-type.ts';
import { toUint64 } from './whole-number.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/* An audio frame as the schema's AudioFrame message. */

/** The frame with all its samples, as plain values that share no memory with it. */
export function audioToProto(view: AudioFrameView): FrameInit {
  const { sampleRateHz, channels, samples, monotonicNs } = view;
  const samplePosition = toUint64(view.samplePosition);
  const planes = planesOf(view);
  return {
    frame: {
      case: 'audio',
      value: { sampleRateHz, channels, samples, planes, monotonicNs, samplePosition },
    },
  };
}

/** The same in binary form. */
export const encodeAudio = (view: AudioFrameView): Uint8Array => encode(view, planesOf(view));

/** The same without the samples. */
export const encodeAudioHeader = (view: AudioFrameView): Uint8Array => encode(view, new Uint8Array(0));

function encode(view: AudioFrameView, planes: Uint8Array): Uint8Array {
  const writer = new WireWriter(planes.length + 64);
  writer.uint32(1, view.sampleRateHz);
  writer.uint32(2, view.channels);
  writer.uint32(3, view.samples);
  writer.bytes(4, planes);
  writer.uint64(5, view.monotonicNs);
  writer.uint64(6, toUint64(view.samplePosition));
  return writer.finish();
}

/** The frame that was encoded. Throws FIELD_INVALID, and has acquired nothing then, for bytes that are no such message. */
export function decodeAudio(
  bytes: Uint8Array,
  acquire: (shape: AudioShape) => AudioFrameView,
): AudioFrameView {
  const reader = new WireReader(bytes);
  let sampleRateHz = 0;
  let channels = 0;
  let samples = 0;
  let planes = new Uint8Array(0) as Uint8Array;
  let monotonicNs = 0n;
  let samplePosition = 0;
  while (reader.next()) {
    if (reader.field === 1) sampleRateHz = reader.uint32();
    else if (reader.field === 2) channels = reader.uint32();
    else if (reader.field === 3) samples = reader.uint32();
    else if (reader.field === 4) planes = reader.bytes();
    else if (reader.field === 5) monotonicNs = reader.uint64();
    else if (reader.field === 6) samplePosition = Number(reader.uint64());
  }
  const planeBytes = samples * 4;
  if (planes.length !== channels * planeBytes) {
    const text = `bytes must hold ${channels} × ${samples} samples of 4 bytes, was ${planes.length} bytes`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'bytes' });
  }
  const view = acquire({ channels, samples, sampleRateHz });
  view.monotonicNs = monotonicNs;
  view.samplePosition = samplePosition;
  for (let i = 0; i < channels; i++) {
    bytesOf(view.channel(i)).set(planes.subarray(i * planeBytes, (i + 1) * planeBytes));
  }
  return view;
}

/** A copy of all samples, one channel after the other. */
function planesOf(view: AudioFrameView): Uint8Array<ArrayBuffer> {
  const planeBytes = view.samples * 4;
  const planes = new Uint8Array(view.channels * planeBytes);
  for (let i = 0; i < view.channels; i++) planes.set(bytesOf(view.channel(i)), i * planeBytes);
  return planes;
}
