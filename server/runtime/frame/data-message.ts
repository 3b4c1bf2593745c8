import { StreamlibError } from '../errors.ts';
import { bytesOf } from './bytes-of.ts';
import type { DataFrameView } from './data-frame.ts';
import type { DataShape } from './data-layout.ts';
import type { FrameInit } from './frame-type.ts';
import { toInt64, toUint64 } from './whole-number.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/* A data frame as the schema's DataFrame message. Fractions of a microsecond are rounded. */

/** The frame with all its channels and metadata, as plain values that share no memory with it. */
export function dataToProto(view: DataFrameView): FrameInit {
  const channels = view.channelNames.map(
    (name, i) => [name, { values: Array.from(view.channelAt(i)) }] as const,
  );
  return {
    frame: {
      case: 'data',
      value: {
        timestampUs: toInt64(view.timestampUs),
        sequenceId: toUint64(view.sequenceId),
        payload: Object.fromEntries(channels),
        metadata: view.metadata,
        monotonicNs: view.monotonicNs,
      },
    },
  };
}

/** The same in binary form. */
export function encodeData(view: DataFrameView): Uint8Array {
  const writer = new WireWriter(view.byteLength + 64);
  writer.int64(1, toInt64(view.timestampUs));
  writer.uint64(2, toUint64(view.sequenceId));
  view.channelNames.forEach((name, i) => {
    writer.message(3, (entry) => {
      entry.text(1, name);
      entry.message(2, (channel) => channel.bytes(1, bytesOf(view.channelAt(i))));
    });
  });
  for (const [key, value] of Object.entries(view.metadata)) {
    writer.message(4, (entry) => {
      entry.text(1, key);
      entry.text(2, value);
    });
  }
  writer.uint64(5, view.monotonicNs);
  return writer.finish();
}

/** The frame that was encoded. Throws FIELD_INVALID, and has acquired nothing then, for bytes that are no such message. */
export function decodeData(bytes: Uint8Array, acquire: (shape: DataShape) => DataFrameView): DataFrameView {
  const reader = new WireReader(bytes);
  let timestampUs = 0;
  let sequenceId = 0;
  let monotonicNs = 0n;
  const channels = new Map<string, Uint8Array>();
  const metadata = new Map<string, string>();
  while (reader.next()) {
    if (reader.field === 1) timestampUs = Number(reader.int64());
    else if (reader.field === 2) sequenceId = Number(reader.uint64());
    else if (reader.field === 3) readChannel(reader.message(), channels);
    else if (reader.field === 4) readMetadataEntry(reader.message(), metadata);
    else if (reader.field === 5) monotonicNs = reader.uint64();
  }
  const lengths = [...channels].map(([name, values]) => [name, values.length / 8] as const);
  const view = acquire({ channels: Object.fromEntries(lengths), metadata: Object.fromEntries(metadata) });
  view.timestampUs = timestampUs;
  view.sequenceId = sequenceId;
  view.monotonicNs = monotonicNs;
  for (const [name, values] of channels) bytesOf(view.channel(name)).set(values);
  return view;
}

/** The same without values and metadata; the channels are there by their names. */
export function encodeDataHeader(view: DataFrameView): Uint8Array {
  const writer = new WireWriter();
  writer.int64(1, toInt64(view.timestampUs));
  writer.uint64(2, toUint64(view.sequenceId));
  for (const name of view.channelNames) writer.message(3, (entry) => entry.text(1, name));
  writer.uint64(5, view.monotonicNs);
  return writer.finish();
}

function readChannel(entry: WireReader, channels: Map<string, Uint8Array>): void {
  let name = '';
  let values = new Uint8Array(0);
  while (entry.next()) {
    if (entry.field === 1) name = entry.text();
    else if (entry.field === 2) values = readValues(entry.message());
  }
  if (values.length % 8 !== 0) {
    const text = `bytes must hold whole numbers of 8 bytes in channel ${JSON.stringify(name)}, was ${values.length} bytes`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'bytes' });
  }
  channels.set(name, values);
}

/** The doubles of a list, which encoders may write whole, in pieces, or one by one. */
function readValues(channel: WireReader): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter(0);
  while (channel.next()) {
    if (channel.field !== 1) continue;
    if (channel.isLengthDelimited) writer.raw(channel.bytes());
    else writer.raw(bytesOf(Float64Array.of(channel.double())));
  }
  return writer.finish();
}

function readMetadataEntry(entry: WireReader, metadata: Map<string, string>): void {
  let key = '';
  let value = '';
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else if (entry.field === 2) value = entry.text();
  }
  metadata.set(key, value);
}
