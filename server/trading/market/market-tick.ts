import type { MarketDataView } from '../../runtime/frame/market-data.ts';

/** A tick, a quote or a bar as a plain value. A frame of market data is such a value, too. */
export interface MarketTick {
  /** As the exchange calls it, in capitals: `BTCUSDT`. */
  readonly symbol: string;
  /** Exchange time: milliseconds since the Unix epoch (UTC). Of a bar, when it is complete. */
  readonly timestampMs: number;
  /** Of the last trade; of a quote, the middle; of a bar, its close. */
  readonly price: number;
  /** Of the last trade; 0 where it is not known. */
  readonly size: number;
  readonly bid?: number | undefined;
  readonly ask?: number | undefined;
  readonly open?: number | undefined;
  readonly high?: number | undefined;
  readonly low?: number | undefined;
  readonly close?: number | undefined;
  /** Traded during the bar. */
  readonly volume?: number | undefined;
}

/** Whether the tick stands for a span of time, with all four prices of it. */
export function isBar({ open, high, low }: MarketTick): boolean {
  return open !== undefined && high !== undefined && low !== undefined;
}

/** Fills a frame of the tick's symbol. */
export function writeTick(frame: MarketDataView, tick: MarketTick): void {
  frame.timestampMs = tick.timestampMs;
  frame.price = tick.price;
  frame.size = tick.size;
  frame.bid = tick.bid;
  frame.ask = tick.ask;
  frame.open = tick.open;
  frame.high = tick.high;
  frame.low = tick.low;
  frame.close = tick.close;
  frame.volume = tick.volume;
}
