import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type JsonObject, nearestNames, PACKAGE_FOLDER, StreamlibError } from '../../runtime/index.ts';

/** A feed that the server offers, and the symbols that it has. */
export interface FeedOffer {
  /** As RunnerConfig.feed names it. */
  readonly name: string;
  /** Those that it has by name. */
  readonly symbols: readonly string[];
  /** Any symbol that begins like this as well. */
  readonly prefix?: string;
  readonly processorType: string;
  configOf(symbol: string): JsonObject;
  readonly tickSize: number;
  readonly lotSize: number;
}

const SAMPLE = join(PACKAGE_FOLDER, 'examples', 'data', 'btcusdt-1m.csv.gz');

/** What there is without any config: a recorded sample of BTCUSDT, a minute per second, and made-up symbols. */
export const DEFAULT_FEEDS: readonly FeedOffer[] = [
  {
    name: 'sample',
    symbols: ['BTCUSDT'],
    processorType: 'CsvMarketFeed',
    configOf: (symbol) => ({ path: SAMPLE, symbol, timestamp_unit: 'iso', pace: 'timestamps', speed: 60 }),
    tickSize: 0.01,
    lotSize: 0.00001,
  },
  {
    name: 'synthetic',
    symbols: [],
    prefix: 'SIM:',
    processorType: 'SyntheticFeed',
    configOf: (symbol) => ({ symbols: [symbol], interval_ms: 100, annual_volatility: 5, spread_bps: 1 }),
    tickSize: 0.01,
    lotSize: 0.001,
  },
];

const offersSymbol = ({ symbols, prefix }: FeedOffer, symbol: string): boolean =>
  symbols.includes(symbol) || (prefix !== undefined && symbol.startsWith(prefix) && symbol !== prefix);

/**
 * The feed to take a symbol from: the one that is named, or the first that has it. Throws FIELD_INVALID naming the nearest
 * symbols where none has it, and the feeds where none is called so.
 */
export function offerOf(offers: readonly FeedOffer[], symbol: string, feed: string): FeedOffer {
  const named = feed === '' ? offers : offers.filter(({ name }) => name === feed);
  if (named.length === 0) {
    const names = offers.map(({ name }) => name).join(', ');
    const text = `config.feed must be one of ${names}, was ${JSON.stringify(feed)}`;
    throw new StreamlibError('FIELD_INVALID', text, { path: 'config.feed' });
  }
  const offer = named.find((each) => offersSymbol(each, symbol));
  if (offer !== undefined) return offer;
  const known = named.flatMap(({ symbols, prefix }) => [...symbols, ...(prefix ? [`${prefix}*`] : [])]);
  const near = nearestNames(symbol, known);
  const hint = near.length === 0 ? `there are ${known.join(', ')}` : `near it are ${near.join(', ')}`;
  throw new StreamlibError('FIELD_INVALID', `symbol must be offered by a feed, was "${symbol}"; ${hint}`, {
    path: 'symbol',
    details: { nearest: near.join(',') },
  });
}

/** The id of what runners share of a feed and a symbol: readable, and another one for each. */
export function feedIdOf({ name }: FeedOffer, symbol: string): string {
  const readable = symbol.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 40);
  const digest = createHash('sha256').update(`${name} ${symbol}`).digest('hex').slice(0, 6);
  return `${readable}-${digest}`;
}

/** The symbols that feeds have by name, and those in use of the ones that have any; in order, each with its first feed. */
export function offersIn(
  offers: readonly FeedOffer[],
  inUse: readonly string[],
): { readonly symbol: string; readonly offer: FeedOffer }[] {
  const symbols = new Set([...offers.flatMap(({ symbols: named }) => named), ...inUse]);
  return [...symbols].sort().flatMap((symbol) => {
    const offer = offers.find((each) => offersSymbol(each, symbol));
    return offer === undefined ? [] : [{ symbol, offer }];
  });
}
