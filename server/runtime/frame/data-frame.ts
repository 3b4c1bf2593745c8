import { StreamlibError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import {
  CHANNELS_WORD,
  DATA_HEADER_BYTES,
  DataLayout,
  type DataShape,
  layoutOf,
  METADATA_CAPACITY_WORD,
  METADATA_USED_WORD,
  SEQUENCE_F64,
  TIMESTAMP_F64,
} from './data-layout.ts';
import { dataToProto, decodeData, encodeData, encodeDataHeader } from './data-message.ts';
import { readMetadata, writeMetadata } from './data-metadata.ts';
import type { FrameType } from './frame-type.ts';
import { FrameView } from './frame-view.ts';
import { threadNames } from './name-table.ts';

const DIRECTORY_WORD = DATA_HEADER_BYTES / 4;

/** Named channels of numbers at one instant, and text that describes them. */
export class DataFrameView extends FrameView {
  readonly #values: Float64Array[] = [];
  #layout: DataLayout | undefined;

  /** Event time: microseconds since the Unix epoch (UTC). */
  get timestampUs(): number {
    return this.slot.f64[TIMESTAMP_F64] as number;
  }

  set timestampUs(us: number) {
    this.slot.f64[TIMESTAMP_F64] = us;
  }

  /** Counted up by the source, from 0. */
  get sequenceId(): number {
    return this.slot.f64[SEQUENCE_F64] as number;
  }

  set sequenceId(id: number) {
    this.slot.f64[SEQUENCE_F64] = id;
  }

  get channelCount(): number {
    return this.slot.u32[CHANNELS_WORD] as number;
  }

  /** In the order of the shape. */
  get channelNames(): readonly string[] {
    return this.layout.channelNames;
  }

  /** Acquire with it to make a frame of the same channels and the same room for metadata. */
  get layout(): DataLayout {
    const known = this.#layout;
    if (known !== undefined && this.#matches(known)) return known;
    const { u32 } = this.slot;
    const channels: [name: string, length: number][] = [];
    for (let i = 0; i < this.channelCount; i++) {
      const at = DIRECTORY_WORD + i * 2;
      channels.push([threadNames().nameOf(u32[at] as number), u32[at + 1] as number]);
    }
    this.#layout = new DataLayout({
      // NB: a channel may be called __proto__, which an assignment would not make a field.
      channels: Object.fromEntries(channels),
      metadataBytes: u32[METADATA_CAPACITY_WORD] as number,
    });
    return this.#layout;
  }

  hasChannel(name: string): boolean {
    return this.#indexOf(name) >= 0;
  }

  /** The values of a channel, in the slot's own memory. Throws FIELD_INVALID naming the channels there are. */
  channel(name: string): Float64Array {
    const index = this.#indexOf(name);
    if (index >= 0) return this.channelAt(index);
    const text = `channel must be one of ${this.channelNames.join(', ')}, was ${JSON.stringify(name)}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'channel' });
  }

  /** The values of the channel at a position of `channelNames`. */
  channelAt(index: number): Float64Array {
    const { u32, f64 } = this.slot;
    const { channelCount } = this;
    if (index >>> 0 !== index || index >= channelCount) {
      const text = `channel index must be 0 to ${channelCount - 1}, was ${index}`;
      throw new StreamlibError('FIELD_INVALID', text, { path: 'index' });
    }
    let first = DATA_HEADER_BYTES / 8 + channelCount;
    for (let i = 0; i < index; i++) first += u32[DIRECTORY_WORD + i * 2 + 1] as number;
    const byteOffset = f64.byteOffset + first * 8;
    const length = u32[DIRECTORY_WORD + index * 2 + 1] as number;
    const known = this.#values[index];
    if (known !== undefined && known.byteOffset === byteOffset && known.length === length) return known;
    const values = f64.subarray(first, first + length);
    this.#values[index] = values;
    return values;
  }

  /** The room that there is for metadata. */
  get metadataBytes(): number {
    return this.slot.u32[METADATA_CAPACITY_WORD] as number;
  }

  get metadata(): Record<string, string> {
    return readMetadata(this.slot);
  }

  /** Sets one entry within the room of `metadataBytes`; throws QUOTA beyond. */
  setMetadata(key: string, value: string): void {
    writeMetadata(this.slot, key, value);
  }

  #indexOf(name: string): number {
    const id = threadNames().intern(name);
    const { u32 } = this.slot;
    const end = DIRECTORY_WORD + (u32[CHANNELS_WORD] as number) * 2;
    for (let at = DIRECTORY_WORD; at < end; at += 2) if (u32[at] === id) return (at - DIRECTORY_WORD) / 2;
    return -1;
  }

  #matches(layout: DataLayout): boolean {
    const { u32 } = this.slot;
    const { ids, lengths } = layout;
    if (u32[CHANNELS_WORD] !== ids.length || u32[METADATA_CAPACITY_WORD] !== layout.metadataBytes)
      return false;
    for (let i = 0; i < ids.length; i++) {
      const at = DIRECTORY_WORD + i * 2;
      if (u32[at] !== ids[i] || u32[at + 1] !== lengths[i]) return false;
    }
    return true;
  }
}

/** The frame type of measurements. */
export const DataFrame: FrameType<DataFrameView, DataShape> = {
  name: 'DataFrame',
  version: 1,
  headerBytes: DATA_HEADER_BYTES,
  byteLength: (shape) => layoutOf(shape).byteLength,
  view: (slot) => new DataFrameView(slot),
  fixedShapes: true,
  format(view, shape, again) {
    const { u32, f64 } = view.slot;
    f64[TIMESTAMP_F64] = 0;
    f64[SEQUENCE_F64] = 0;
    u32[METADATA_USED_WORD] = 0;
    const layout = layoutOf(shape);
    const { metadata } = layout;
    if (again && metadata === undefined) return;
    const { ids, lengths } = layout;
    u32[CHANNELS_WORD] = ids.length;
    u32[METADATA_CAPACITY_WORD] = layout.metadataBytes;
    for (let i = 0; i < ids.length; i++) {
      u32[DIRECTORY_WORD + i * 2] = ids[i] as number;
      u32[DIRECTORY_WORD + i * 2 + 1] = lengths[i] as number;
    }
    for (const key in metadata) writeMetadata(view.slot, key, metadata[key] as string);
  },
  toJson(view) {
    const payload: JsonObject = Object.fromEntries(
      view.channelNames.map((name, index) => [name, Array.from(view.channelAt(index))]),
    );
    const { timestampUs, sequenceId, metadata } = view;
    return { timestamp_us: timestampUs, sequence_id: sequenceId, payload, metadata };
  },
  toProto: dataToProto,
  encode: encodeData,
  encodeHeader: encodeDataHeader,
  decode: decodeData,
};

export type { DataShape } from './data-layout.ts';
export { DataLayout, dataLayout } from './data-layout.ts';
