import { StreamlibError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { audioToProto, decodeAudio, encodeAudio, encodeAudioHeader } from './audio-message.ts';
import type { FrameType, Slot } from './frame-type.ts';
import { FrameView } from './frame-view.ts';

/** What an audio frame is made from. */
export interface AudioShape {
  readonly channels: number;
  /** Samples per channel. */
  readonly samples: number;
  readonly sampleRateHz: number;
}

/*
 *  16        20         24       28   32               40
 *  ┌─────────┬──────────┬────────┬────┬────────────────┬───────────────┬───────────────┬──
 *  │ rate    │ channels │ samples│ 0  │ position (f64) │ channel 0 f32 │ channel 1 f32 │ …
 *  └─────────┴──────────┴────────┴────┴────────────────┴───────────────┴───────────────┴──
 */
const RATE_WORD = 4;
const CHANNELS_WORD = 5;
const SAMPLES_WORD = 6;
const POSITION_F64 = 4;
const HEADER_BYTES = 40;

/** Planar 32-bit float samples of one stretch of time. */
export class AudioFrameView extends FrameView {
  readonly #planes: Float32Array[] = [];

  get sampleRateHz(): number {
    return this.slot.u32[RATE_WORD] as number;
  }

  get channels(): number {
    return this.slot.u32[CHANNELS_WORD] as number;
  }

  /** Samples per channel. */
  get samples(): number {
    return this.slot.u32[SAMPLES_WORD] as number;
  }

  /** Position of the first sample in its stream, in samples. */
  get samplePosition(): number {
    return this.slot.f64[POSITION_F64] as number;
  }

  set samplePosition(position: number) {
    this.slot.f64[POSITION_F64] = position;
  }

  /** The samples of one channel, 0 to `channels` - 1, in the slot's own memory. */
  channel(index: number): Float32Array {
    const { channels, samples } = this;
    if (index >>> 0 !== index || index >= channels) {
      const text = `channel must be 0 to ${channels - 1}, was ${index}`;
      throw new StreamlibError('FIELD_INVALID', text, { path: 'channel' });
    }
    const { f32 } = this.slot;
    const first = HEADER_BYTES / 4 + index * samples;
    const byteOffset = f32.byteOffset + first * 4;
    const known = this.#planes[index];
    if (known !== undefined && known.byteOffset === byteOffset && known.length === samples) return known;
    const plane = f32.subarray(first, first + samples);
    this.#planes[index] = plane;
    return plane;
  }
}

/** An audio frame type; its name tells the number of channels. */
export type AudioFrameType = FrameType<AudioFrameView, AudioShape>;

function createType(channels: number | 'any'): AudioFrameType {
  const name = channels === 'any' ? 'AudioFrame<*>' : `AudioFrame<${channels}>`;
  return {
    name,
    version: 1,
    headerBytes: HEADER_BYTES,
    byteLength(shape) {
      check(
        name,
        'channels',
        shape.channels,
        channels === 'any' ? 1 : channels,
        channels === 'any' ? 255 : channels,
      );
      check(name, 'samples', shape.samples, 0, 1 << 24);
      check(name, 'sampleRateHz', shape.sampleRateHz, 1, 10_000_000);
      return HEADER_BYTES + shape.channels * shape.samples * 4;
    },
    view: (slot: Slot) => new AudioFrameView(slot),
    format(view, shape) {
      const { u32 } = view.slot;
      u32[RATE_WORD] = shape.sampleRateHz;
      u32[CHANNELS_WORD] = shape.channels;
      u32[SAMPLES_WORD] = shape.samples;
    },
    toJson: audioToJson,
    toProto: audioToProto,
    encode: encodeAudio,
    encodeHeader: encodeAudioHeader,
    decode: decodeAudio,
  };
}

function check(type: string, field: keyof AudioShape, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const wanted = least === most ? `${least}` : `a whole number from ${least} to ${most}`;
  const text = `${field} of ${type} must be ${wanted}, was ${value}`;
  throw new StreamlibError('FIELD_INVALID', text, { path: field });
}

function audioToJson(view: AudioFrameView): JsonValue {
  const planes: number[][] = [];
  for (let i = 0; i < view.channels; i++) planes.push(Array.from(view.channel(i)));
  return {
    sample_rate_hz: view.sampleRateHz,
    channels: view.channels,
    samples: view.samples,
    sample_position: view.samplePosition,
    planes,
  };
}

const types = new Map<number, AudioFrameType>();
const anyChannels = createType('any');

/**
 * The frame type of sound. `AudioFrame.of(2)` is stereo and connects only to stereo; an input of `AudioFrame.any`
 * takes every channel count.
 */
export const AudioFrame = {
  any: anyChannels,
  of(channels: number): AudioFrameType {
    let type = types.get(channels);
    if (type === undefined) {
      check('AudioFrame', 'channels', channels, 1, 255);
      type = createType(channels);
      types.set(channels, type);
    }
    return type;
  },
} as const;
