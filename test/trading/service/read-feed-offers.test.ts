import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { BUILT_IN_REGISTRIES } from '../../../server/registries.ts';
import { ProcessorRegistry } from '../../../server/runtime/index.ts';
import { readFeedOffers } from '../../../server/trading/service/read-feed-offers.ts';

describe('readFeedOffers', () => {
  let types: ProcessorRegistry;
  before(async () => {
    types = await ProcessorRegistry.load(BUILT_IN_REGISTRIES);
  });

  it('puts the symbol wherever a config has its place', () => {
    const [offer] = readFeedOffers(
      parse(
        'feeds: [{ name: a, type: SyntheticFeed, prefix: X, config: { symbols: ["{symbol}"], seed: 7 } }]',
      ),
      types,
    );
    assert.deepEqual(offer?.configOf('X1'), { symbols: ['X1'], seed: 7 });
    assert.deepEqual([offer?.symbols, offer?.tickSize, offer?.lotSize], [[], 1e-8, 1e-8]);
  });

  for (const { name, feeds, says } of [
    { name: 'no feeds', feeds: '{}', says: /feeds is required, was absent/ },
    {
      name: 'a field that there is not',
      feeds: 'feeds: [{ name: a, type: SyntheticFeed, symbol: A }]',
      says: /feeds\[0\]\.symbol is no field/,
    },
    {
      name: 'a step of nothing',
      feeds: 'feeds: [{ name: a, type: SyntheticFeed, symbols: [A], tick_size: 0 }]',
      says: /feeds\[0\]\.tick_size must be > 0, was 0/,
    },
    {
      name: 'a type that there is not',
      feeds: 'feeds: [{ name: a, type: SyntheticFed, symbols: [A] }]',
      says: /feeds\[0\]\.type must be a processor type, was "SyntheticFed"; near it are SyntheticFeed/,
    },
    {
      name: 'a type that is no feed',
      feeds: 'feeds: [{ name: a, type: SineGenerator, symbols: [A] }]',
      says: /feeds\[0\]\.type must have an output market of MarketData, was SineGenerator/,
    },
    {
      name: 'a config that the type does not take',
      feeds: 'feeds: [{ name: a, type: SyntheticFeed, symbols: [A], config: { symbols: 7 } }]',
      says: /feeds\[0\]\.config\.symbols must be of type array, was 7/,
    },
    {
      name: 'a name twice',
      feeds:
        'feeds: [{ name: a, type: SyntheticFeed, prefix: X, config: { symbols: ["{symbol}"] } }, { name: a, type: SyntheticFeed, prefix: Y, config: { symbols: ["{symbol}"] } }]',
      says: /feeds\[1\]\.name must be new, was "a" again/,
    },
    {
      name: 'a feed without symbols',
      feeds: 'feeds: [{ name: a, type: SyntheticFeed }]',
      says: /feeds\[0\]\.symbols or prefix must be given/,
    },
  ])
    it(`refuses ${name}`, () => {
      assert.throws(() => readFeedOffers(parse(feeds), types), { code: 'FIELD_INVALID', message: says });
    });
});
