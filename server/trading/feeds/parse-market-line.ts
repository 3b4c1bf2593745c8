import { OPTIONAL_MARKET_FIELDS } from '../../runtime/frame/market-data.ts';
import type { MarketTick } from '../market/market-tick.ts';
import { tickFault } from '../market/tick-fault.ts';

/**
 * Reads a tick from its JSON as the API has it: `{"symbol", "timestamp_ms", "price", "size", …}`, 64-bit numbers maybe
 * as text. Further fields are passed over. Throws an error that names the field and what it was.
 */
export function parseMarketLine(text: string): MarketTick {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Error(`a line must be an object, was ${text.slice(0, 200)}`);
  const fields = json as Readonly<Record<string, unknown>>;
  const { symbol } = fields;
  if (typeof symbol !== 'string' || symbol === '') throw mustBe('symbol', 'a text', symbol);
  const tick: MarketTick = {
    symbol,
    timestampMs: Number(fields.timestamp_ms ?? Number.NaN),
    price: numberOf(fields, 'price') ?? Number.NaN,
    size: numberOf(fields, 'size') ?? 0,
    ...Object.fromEntries(OPTIONAL_MARKET_FIELDS.map((field) => [field, numberOf(fields, field)])),
  };
  const fault = tickFault(tick);
  if (fault !== undefined) throw new Error(fault);
  return tick;
}

function numberOf(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'number') return value;
  throw mustBe(name, 'a number', value);
}

const mustBe = (name: string, wanted: string, was: unknown): Error =>
  new Error(`${name} must be ${wanted}, was ${JSON.stringify(was)?.slice(0, 200)}`);
