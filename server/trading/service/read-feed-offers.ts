import type { FromSchema } from 'json-schema-to-ts';
import {
  ConfigValidator,
  type JsonObject,
  type JsonValue,
  type ProcessorRegistry,
  StreamlibError,
} from '../../runtime/index.ts';
import type { FeedOffer } from './feed-offers.ts';
import { FEED_PORT } from './runner-parts.ts';

/** In the config of a feed, this stands for the symbol that a runner asks for. */
const SYMBOL = '{symbol}';
/** The finest step of prices and quantities; their product stays exact. */
const DEFAULT_STEP = 1e-8;

const feedsShape = {
  type: 'object',
  additionalProperties: false,
  required: ['feeds'],
  properties: {
    feeds: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'type'],
        properties: {
          name: { type: 'string', minLength: 1, description: 'what config.feed of a runner may name' },
          symbols: { type: 'array', items: { type: 'string', minLength: 1 }, default: [] },
          prefix: { type: 'string', minLength: 1, description: 'any symbol that begins like this as well' },
          type: { type: 'string', description: 'a processor type with an output of MarketData' },
          config: { type: 'object', default: {}, description: '{symbol} in it stands for the symbol' },
          tick_size: { type: 'number', exclusiveMinimum: 0, default: DEFAULT_STEP },
          lot_size: { type: 'number', exclusiveMinimum: 0, default: DEFAULT_STEP },
        },
      },
    },
  },
} as const;

const validator = new ConfigValidator({ name: 'feeds', configSchema: feedsShape });

/**
 * The feeds that a server offers, from what its feeds file has: `feeds`, a list of name, symbols and prefix, the type and the
 * config of the processor, tick_size and lot_size. Throws FIELD_INVALID naming the first field that is wrong, also one of the
 * processor's config.
 */
export function readFeedOffers(content: JsonValue, types: ProcessorRegistry): readonly FeedOffer[] {
  if (content === null || typeof content !== 'object' || Array.isArray(content))
    throw wrong('feeds', 'is required, was absent');
  const [fault] = validator.validate(content);
  // The validator speaks of a config, which this is not.
  if (fault !== undefined)
    throw wrong(fault.path.replace(/^config\./, ''), fault.message.replace(/^\S+ /, ''));
  const { feeds } = validator.withDefaults(content) as unknown as FromSchema<typeof feedsShape>;
  return feeds.map((feed, i) => {
    const { name, symbols, prefix, type, config, tick_size: tickSize, lot_size: lotSize } = feed;
    const offer: FeedOffer = {
      name,
      symbols,
      ...(prefix !== undefined && { prefix }),
      processorType: type,
      configOf: (symbol) => withSymbol(config as JsonObject, symbol) as JsonObject,
      tickSize,
      lotSize,
    };
    if (feeds.findIndex((other) => other.name === name) < i)
      throw wrong(`feeds[${i}].name`, `must be new, was ${JSON.stringify(name)} again`);
    assertOffers(offer, `feeds[${i}]`, types);
    return offer;
  });
}

function assertOffers(offer: FeedOffer, path: string, types: ProcessorRegistry): void {
  const { symbols, prefix, processorType } = offer;
  const some = symbols[0] ?? (prefix === undefined ? undefined : `${prefix}A`);
  if (some === undefined) throw wrong(`${path}.symbols`, 'or prefix must be given, one of them at least');
  const type = types.get(processorType);
  if (type === undefined) {
    const near = types.nearest(processorType).join(', ');
    throw wrong(
      `${path}.type`,
      `must be a processor type, was ${JSON.stringify(processorType)}; near it are ${near}`,
    );
  }
  if (!type.outputs.some(({ name, frameType }) => name === FEED_PORT && frameType === 'MarketData'))
    throw wrong(`${path}.type`, `must have an output ${FEED_PORT} of MarketData, was ${processorType}`);
  const [fault] = type.validateConfig(offer.configOf(some));
  if (fault !== undefined) throw wrong(`${path}.${fault.path}`, fault.message.replace(/^\S+ /, ''));
}

function withSymbol(value: JsonValue, symbol: string): JsonValue {
  if (typeof value === 'string') return value.replaceAll(SYMBOL, symbol);
  if (Array.isArray(value)) return value.map((each) => withSymbol(each, symbol));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withSymbol(each, symbol)]));
}

const wrong = (path: string, rule: string): StreamlibError =>
  new StreamlibError('FIELD_INVALID', `${path} ${rule}`, { path });
