import type { MarketTick } from './market-tick.ts';

/** What is wrong with the numbers of a tick, the first thing in the order of its fields; undefined where nothing is. */
export function tickFault(tick: MarketTick): string | undefined {
  const { timestampMs, size, volume, high, low } = tick;
  if (!Number.isFinite(timestampMs)) return `timestamp_ms must be a time, was ${timestampMs}`;
  return (
    priceFault('price', tick.price) ??
    quantityFault('size', size) ??
    priceFault('bid', tick.bid) ??
    priceFault('ask', tick.ask) ??
    priceFault('open', tick.open) ??
    priceFault('high', high) ??
    priceFault('low', low) ??
    priceFault('close', tick.close) ??
    quantityFault('volume', volume) ??
    (high !== undefined && low !== undefined && high < low
      ? `high must be at least low (${low}), was ${high}`
      : undefined)
  );
}

function priceFault(field: string, price: number | undefined): string | undefined {
  if (price === undefined || (price > 0 && price < Number.POSITIVE_INFINITY)) return undefined;
  return `${field} must be a price above 0, was ${price}`;
}

function quantityFault(field: string, quantity: number | undefined): string | undefined {
  if (quantity === undefined || (quantity >= 0 && quantity < Number.POSITIVE_INFINITY)) return undefined;
  return `${field} must be 0 or more, was ${quantity}`;
}
