import { StreamlibError } from '../errors.ts';
import { type NameTable, threadNames } from './name-table.ts';

/** What a data frame is made from. A `dataLayout` made once saves working it out for each frame. */
export interface DataShape {
  /** How many numbers each channel holds. */
  readonly channels: Readonly<Record<string, number>>;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Room for what `setMetadata` adds later. Default 0. */
  readonly metadataBytes?: number;
}

/*
 *  16            24           32        36        40         44     48          48+8n
 *  ┌─────────────┬────────────┬─────────┬─────────┬──────────┬──────┬───────────┬──────────────────┬────────────┐
 *  │ timestamp µs│ sequence id│ channels│ metadata│ metadata │ 0    │ n × name, │ values of channel│ metadata:  │
 *  │ f64         │ f64        │ n       │ capacity│ used     │      │ length    │ 0, 1, … (f64)    │ key,size,… │
 *  └─────────────┴────────────┴─────────┴─────────┴──────────┴──────┴───────────┴──────────────────┴────────────┘
 * A metadata entry is the key's id, the value's length in bytes and the value in UTF-8, padded to 4 bytes.
 */
export const TIMESTAMP_F64 = 2;
export const SEQUENCE_F64 = 3;
export const CHANNELS_WORD = 8;
export const METADATA_CAPACITY_WORD = 9;
export const METADATA_USED_WORD = 10;
export const DATA_HEADER_BYTES = 48;

const LARGEST_CHANNEL_COUNT = 65_536;

/** Bytes that a metadata entry takes, `valueBytes` being the length of its value in UTF-8. */
export const metadataEntryBytes = (valueBytes: number): number => 8 + ((valueBytes + 3) & ~3);

/** The channels and the metadata room of data frames that are all alike, worked out once. */
export class DataLayout implements DataShape {
  readonly channels: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly metadataBytes: number;
  readonly channelNames: readonly string[];
  readonly lengths: readonly number[];
  /** Of a whole frame. */
  readonly byteLength: number;
  #names: NameTable | undefined;
  #ids: readonly number[] = [];

  constructor(shape: DataShape) {
    this.channels = shape.channels;
    this.metadata = shape.metadata;
    this.channelNames = Object.keys(shape.channels);
    this.lengths = Object.values(shape.channels);
    if (this.lengths.length > LARGEST_CHANNEL_COUNT) {
      throw invalid('channels', `at most ${LARGEST_CHANNEL_COUNT} entries`, this.lengths.length);
    }
    let values = 0;
    for (const name of this.channelNames) {
      const length = shape.channels[name] as number;
      if (!(Number.isInteger(length) && length >= 0))
        throw invalid(`channels.${name}`, 'a whole number', length);
      values += length;
    }
    this.metadataBytes = metadataRoom(shape);
    this.byteLength = DATA_HEADER_BYTES + this.lengths.length * 8 + values * 8 + this.metadataBytes;
  }

  /** The ids of `channelNames` in this thread's table of names. */
  get ids(): readonly number[] {
    const names = threadNames();
    // NB: a layout made while its module loaded may be older than the table that the thread was given.
    if (this.#names !== names) {
      this.#ids = this.channelNames.map((name) => names.intern(name));
      this.#names = names;
    }
    return this.#ids;
  }
}

function metadataRoom({ metadata = {}, metadataBytes = 0 }: DataShape): number {
  if (!(Number.isInteger(metadataBytes) && metadataBytes >= 0)) {
    throw invalid('metadataBytes', 'a whole number', metadataBytes);
  }
  let room = metadataBytes;
  for (const value of Object.values(metadata)) room += metadataEntryBytes(Buffer.byteLength(value));
  return (room + 7) & ~7;
}

function invalid(path: string, wanted: string, value: unknown): StreamlibError {
  return new StreamlibError('FIELD_INVALID', `${path} of a DataFrame must be ${wanted}, was ${value}`, {
    path,
  });
}

/**
 * Prepares a layout to acquire any number of frames with: `const LAYOUT = dataLayout({ cpu: 1 })`. Each number is
 * how many values the channel holds.
 */
export function dataLayout(
  channels: Readonly<Record<string, number>>,
  options: Omit<DataShape, 'channels'> = {},
): DataLayout {
  return new DataLayout({ channels, ...options });
}

const layouts = new WeakMap<DataShape, DataLayout>();

/** The layout of a shape; worked out once per shape object. */
export function layoutOf(shape: DataShape): DataLayout {
  if (shape instanceof DataLayout) return shape;
  let layout = layouts.get(shape);
  if (layout === undefined) {
    layout = new DataLayout(shape);
    layouts.set(shape, layout);
  }
  return layout;
}
