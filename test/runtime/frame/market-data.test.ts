import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameToJson, frameTypeNamed } from '../../../server/runtime/frame/frame-types.ts';
import { MarketData, OPTIONAL_MARKET_FIELDS } from '../../../server/runtime/frame/market-data.ts';
import { createTestPool } from '../../support/test-pool.ts';

describe('market data', () => {
  const pool = createTestPool();

  it('begins with its symbol and without what it may lack', () => {
    using tick = pool.acquire(MarketData, { symbol: 'BTCUSDT' });
    assert.deepEqual(frameToJson(tick), { symbol: 'BTCUSDT', timestamp_ms: 0, price: 0, size: 0 });
    assert.equal(tick.byteLength, 104);
  });

  it('holds a bar', () => {
    using bar = pool.acquire(MarketData, { symbol: 'SIM:ÄBC' });
    Object.assign(bar, { timestampMs: 1_641_000_000_123, price: 4.5, size: 0.25 });
    Object.assign(bar, { open: 1, high: 5, low: -0.5, close: 4.5, volume: 1e9 });
    assert.deepEqual(frameToJson(bar), {
      symbol: 'SIM:ÄBC',
      timestamp_ms: 1_641_000_000_123,
      price: 4.5,
      size: 0.25,
      open: 1,
      high: 5,
      low: -0.5,
      close: 4.5,
      volume: 1e9,
    });
  });

  it('knows of each field whether it is there, whatever its value', () => {
    const change = fc.tuple(
      fc.constantFrom(...OPTIONAL_MARKET_FIELDS),
      fc.option(fc.double(), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        using quote = pool.acquire(MarketData, { symbol: 'X' });
        const want = new Map<string, number | undefined>();
        for (const [field, value] of changes) {
          quote[field] = value;
          want.set(field, value);
        }
        for (const field of OPTIONAL_MARKET_FIELDS) assert.equal(quote[field], want.get(field));
        assert.deepEqual([quote.symbol, quote.price, quote.size, quote.timestampMs], ['X', 0, 0, 0]);
      }),
    );
  });

  it('tells symbols apart by number', () => {
    using first = pool.acquire(MarketData, { symbol: 'ETHUSDT' });
    using like = pool.acquire(MarketData, first);
    using other = pool.acquire(MarketData, { symbol: 'ETHUSDC' });
    assert.equal(like.symbol, 'ETHUSDT');
    assert.equal(like.symbolId, first.symbolId);
    assert.notEqual(other.symbolId, first.symbolId);
  });

  it('refuses a symbol that is too long for the table of names', () => {
    assert.throws(() => pool.acquire(MarketData, { symbol: 'X'.repeat(256) }), { code: 'FIELD_INVALID' });
  });

  it('is found by its name', () => {
    assert.equal(frameTypeNamed('MarketData'), MarketData);
  });
});
