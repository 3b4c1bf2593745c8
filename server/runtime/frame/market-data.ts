import type { JsonObject } from '../json.ts';
import type { FrameType } from './frame-type.ts';
import { FrameView } from './frame-view.ts';
import { decodeMarketData, encodeMarketData, marketDataToProto } from './market-message.ts';
import { threadNames } from './name-table.ts';

/** What market data is made from. Another frame of market data is such a shape, too. */
export interface MarketDataShape {
  /** At most 255 bytes of UTF-8: `BTCUSDT`. */
  readonly symbol: string;
}

/*
 *  16        20        24             32      40     48    56    64     72     80    88      96       104
 *  ┌─────────┬─────────┬──────────────┬───────┬──────┬─────┬─────┬──────┬──────┬─────┬───────┬────────┐
 *  │ symbol  │ presence│ exchange time│ price │ size │ bid │ ask │ open │ high │ low │ close │ volume │
 *  │ id (u32)│ bits u32│ ms, f64      │ f64   │ f64  │ f64 │ f64 │ f64  │ f64  │ f64 │ f64   │ f64    │
 *  └─────────┴─────────┴──────────────┴───────┴──────┴─────┴─────┴──────┴──────┴─────┴───────┴────────┘
 * Bit 0 stands for bid, bit 1 for ask, and so on.
 */
const SYMBOL_WORD = 4;
const PRESENCE_WORD = 5;
const TIMESTAMP_F64 = 3;
const PRICE_F64 = 4;
const SIZE_F64 = 5;
const BID_F64 = 6;
const ASK_F64 = 7;
const OPEN_F64 = 8;
const HIGH_F64 = 9;
const LOW_F64 = 10;
const CLOSE_F64 = 11;
const VOLUME_F64 = 12;
const FRAME_BYTES = 104;

/** The fields that a tick, a quote or a bar may lack, in the order of their numbers in the schema. */
export const OPTIONAL_MARKET_FIELDS = ['bid', 'ask', 'open', 'high', 'low', 'close', 'volume'] as const;

/**
 * A tick, a quote or a bar of one symbol. `monotonicNs` is when this machine received it. A field that there is not
 * is undefined, and is made so again by setting it to undefined. Numbers are taken as they come, NaN included: what
 * a price may be is for the consumer to decide.
 */
export class MarketDataView extends FrameView implements MarketDataShape {
  get symbol(): string {
    return threadNames().nameOf(this.symbolId);
  }

  /** Stands for the symbol in every thread of this process; the same number means the same symbol. */
  get symbolId(): number {
    return this.slot.u32[SYMBOL_WORD] as number;
  }

  /** Exchange time: milliseconds since the Unix epoch (UTC). Whole where it is encoded. */
  get timestampMs(): number {
    return this.slot.f64[TIMESTAMP_F64] as number;
  }

  set timestampMs(ms: number) {
    this.slot.f64[TIMESTAMP_F64] = ms;
  }

  /** Of the last trade; of a bar, its close. */
  get price(): number {
    return this.slot.f64[PRICE_F64] as number;
  }

  set price(price: number) {
    this.slot.f64[PRICE_F64] = price;
  }

  /** Of the last trade. */
  get size(): number {
    return this.slot.f64[SIZE_F64] as number;
  }

  set size(size: number) {
    this.slot.f64[SIZE_F64] = size;
  }

  get bid(): number | undefined {
    return this.#optional(BID_F64);
  }

  set bid(price: number | undefined) {
    this.#setOptional(BID_F64, price);
  }

  get ask(): number | undefined {
    return this.#optional(ASK_F64);
  }

  set ask(price: number | undefined) {
    this.#setOptional(ASK_F64, price);
  }

  get open(): number | undefined {
    return this.#optional(OPEN_F64);
  }

  set open(price: number | undefined) {
    this.#setOptional(OPEN_F64, price);
  }

  get high(): number | undefined {
    return this.#optional(HIGH_F64);
  }

  set high(price: number | undefined) {
    this.#setOptional(HIGH_F64, price);
  }

  get low(): number | undefined {
    return this.#optional(LOW_F64);
  }

  set low(price: number | undefined) {
    this.#setOptional(LOW_F64, price);
  }

  get close(): number | undefined {
    return this.#optional(CLOSE_F64);
  }

  set close(price: number | undefined) {
    this.#setOptional(CLOSE_F64, price);
  }

  /** Traded during the bar. */
  get volume(): number | undefined {
    return this.#optional(VOLUME_F64);
  }

  set volume(volume: number | undefined) {
    this.#setOptional(VOLUME_F64, volume);
  }

  #optional(at: number): number | undefined {
    const { u32, f64 } = this.slot;
    return ((u32[PRESENCE_WORD] as number) & (1 << (at - BID_F64))) === 0 ? undefined : (f64[at] as number);
  }

  #setOptional(at: number, value: number | undefined): void {
    const { u32, f64 } = this.slot;
    const bit = 1 << (at - BID_F64);
    const present = u32[PRESENCE_WORD] as number;
    u32[PRESENCE_WORD] = value === undefined ? present & ~bit : present | bit;
    f64[at] = value ?? 0;
  }
}

/** The frame type of ticks, quotes and bars. All frames have the same size. */
export const MarketData: FrameType<MarketDataView, MarketDataShape> = {
  name: 'MarketData',
  version: 1,
  headerBytes: FRAME_BYTES,
  byteLength: () => FRAME_BYTES,
  view: (slot) => new MarketDataView(slot),
  format(view, { symbol }) {
    view.slot.u32[SYMBOL_WORD] = threadNames().intern(symbol);
  },
  toJson: marketDataToJson,
  toProto: marketDataToProto,
  encode: encodeMarketData,
  decode: decodeMarketData,
};

function marketDataToJson(view: MarketDataView): JsonObject {
  const json: JsonObject = {
    symbol: view.symbol,
    timestamp_ms: view.timestampMs,
    price: view.price,
    size: view.size,
  };
  for (const field of OPTIONAL_MARKET_FIELDS) {
    const value = view[field];
    if (value !== undefined) json[field] = value;
  }
  return json;
}
