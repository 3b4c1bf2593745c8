import type { FrameInit } from './frame-type.ts';
import type { MarketDataShape, MarketDataView, OPTIONAL_MARKET_FIELDS } from './market-data.ts';
import { wallUsOf } from './wall-time.ts';
import { toInt64 } from './whole-number.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/* Market data as the schema's MarketData message. Fractions of a millisecond of exchange time are rounded. */

type MarketValues = Partial<
  Pick<
    MarketDataView,
    'timestampMs' | 'price' | 'size' | 'monotonicNs' | (typeof OPTIONAL_MARKET_FIELDS)[number]
  >
>;

const US_PER_SECOND = 1_000_000;

/** The frame with what is there of it, as plain values that share no memory with it. */
export function marketDataToProto(view: MarketDataView): FrameInit {
  const { symbol, price, size, bid, ask, open, high, low, close, volume, monotonicNs } = view;
  const receiveTime = receiveTimeOf(view);
  return {
    frame: {
      case: 'market',
      value: {
        symbol,
        timestampMs: toInt64(view.timestampMs),
        price,
        size,
        bid,
        ask,
        open,
        high,
        low,
        close,
        volume,
        receiveTime,
        monotonicNs,
      },
    },
  };
}

/** The same in binary form. */
export function encodeMarketData(view: MarketDataView): Uint8Array {
  const writer = new WireWriter();
  writer.text(1, view.symbol);
  writer.int64(2, toInt64(view.timestampMs));
  writer.double(3, view.price);
  writer.double(4, view.size);
  writer.optionalDouble(5, view.bid);
  writer.optionalDouble(6, view.ask);
  writer.optionalDouble(7, view.open);
  writer.optionalDouble(8, view.high);
  writer.optionalDouble(9, view.low);
  writer.optionalDouble(10, view.close);
  writer.optionalDouble(11, view.volume);
  const { seconds, nanos } = receiveTimeOf(view);
  writer.message(12, (time) => {
    time.int64(1, seconds);
    time.uint32(2, nanos);
  });
  writer.uint64(13, view.monotonicNs);
  return writer.finish();
}

/** The frame that was encoded. Throws FIELD_INVALID, and has acquired nothing then, for bytes that are no such message. */
export function decodeMarketData(
  bytes: Uint8Array,
  acquire: (shape: MarketDataShape) => MarketDataView,
): MarketDataView {
  const reader = new WireReader(bytes);
  let symbol = '';
  const values: MarketValues = { monotonicNs: 0n };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        symbol = reader.text();
        break;
      case 2:
        values.timestampMs = Number(reader.int64());
        break;
      case 3:
        values.price = reader.double();
        break;
      case 4:
        values.size = reader.double();
        break;
      case 5:
        values.bid = reader.double();
        break;
      case 6:
        values.ask = reader.double();
        break;
      case 7:
        values.open = reader.double();
        break;
      case 8:
        values.high = reader.double();
        break;
      case 9:
        values.low = reader.double();
        break;
      case 10:
        values.close = reader.double();
        break;
      case 11:
        values.volume = reader.double();
        break;
      case 13:
        values.monotonicNs = reader.uint64();
        break;
    }
  }
  return Object.assign(acquire({ symbol }), values);
}

/** When the frame was received, as the calendar has it; the other form of `monotonicNs`, and not read back. */
function receiveTimeOf(view: MarketDataView): { seconds: bigint; nanos: number } {
  const us = Math.round(wallUsOf(view.monotonicUs));
  const seconds = Math.floor(us / US_PER_SECOND);
  return { seconds: BigInt(seconds), nanos: (us - seconds * US_PER_SECOND) * 1000 };
}
