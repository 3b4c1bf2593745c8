import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { moneyToNumber, toMoney } from '../../../server/trading/broker/money.ts';
import type { Fill } from '../../../server/trading/broker/order.ts';
import { TradingAccount } from '../../../server/trading/broker/trading-account.ts';
import { TradeLog } from '../../../server/trading/results/trade-log.ts';

const INSTRUMENT = new Instrument({ symbol: 'A', tickSize: 1, lotSize: 0.1 });

const fill = (side: 'Buy' | 'Sell', lots: number, ticks: number, timeMs = 0, fee = 0): Fill => ({
  fillId: 'f',
  orderId: 'o',
  side,
  ticks,
  lots,
  fee: toMoney(fee, 'fee'),
  liquidity: 'Taker',
  timeMs,
});

describe('TradeLog', () => {
  it('makes one trade of a position from its first fill to its last', () => {
    const log = new TradeLog(INSTRUMENT);
    log.onFill(fill('Buy', 10, 100, 1, 0.1), { reason: 'in' });
    log.onMark(toMoney(-5, 'pnl'));
    log.onFill(fill('Buy', 10, 110, 2, 0.1), { reason: 'more' });
    log.onMark(toMoney(7, 'pnl'));
    log.onFill(fill('Sell', 5, 120, 3, 0.1), { reason: 'less' });
    assert.equal(log.closed.length, 0);
    log.onFill(fill('Sell', 15, 100, 4, 0.1), { reason: 'out' });
    assert.deepEqual(log.closed, [
      {
        tradeId: 'trade-1',
        side: 'Long',
        quantity: 2,
        entryMs: 1,
        entryPrice: 105,
        exitMs: 4,
        exitPrice: 105,
        realizedPnl: toMoney(-0.4, 'pnl'),
        feesPaid: toMoney(0.4, 'fee'),
        returnFraction: -0.4 / 210,
        entryReason: 'in',
        exitReason: 'out',
        maxAdversePnl: toMoney(-5, 'pnl'),
        maxFavorablePnl: toMoney(7, 'pnl'),
      },
    ]);
    assert.equal(log.openAt(1), undefined);
  });

  it('ends one trade and begins another where a fill turns the position around', () => {
    const log = new TradeLog(INSTRUMENT);
    log.onFill(fill('Sell', 10, 100, 1), { reason: 'down' });
    log.onFill(fill('Buy', 30, 90, 2, 3), { reason: 'up' });
    const [first] = log.closed;
    assert.deepEqual(
      [first?.side, first?.exitReason, moneyToNumber(first?.realizedPnl ?? 0n)],
      ['Short', 'up', 9],
    );
    const open = log.openAt(95);
    assert.deepEqual(
      [open?.side, open?.quantity, open?.exitMs, open?.exitPrice, moneyToNumber(open?.realizedPnl ?? 0n)],
      ['Long', 2, undefined, 95, 8],
    );
  });

  it('agrees with the account about every trade', () => {
    const fills = fc.record({
      side: fc.constantFrom('Buy', 'Sell') as fc.Arbitrary<'Buy' | 'Sell'>,
      lots: fc.integer({ min: 1, max: 20 }),
      ticks: fc.integer({ min: 1, max: 1000 }),
      fee: fc.bigInt({ min: -1000n, max: 10n ** 16n }),
    });
    fc.assert(
      fc.property(fc.array(fills, { maxLength: 60 }), fc.integer({ min: 1, max: 1000 }), (given, mark) => {
        const account = new TradingAccount(INSTRUMENT, 0n);
        const log = new TradeLog(INSTRUMENT);
        const realized: bigint[] = [];
        for (const each of given) {
          const whole = { ...fill('Buy', 1, 1), ...each };
          log.onFill(whole, { reason: '' });
          for (const change of account.apply(whole))
            if (change.kind === 'closed') realized.push(change.realizedPnl);
        }
        assert.deepEqual(
          log.closed.map(({ realizedPnl }) => realizedPnl),
          realized,
        );
        const all = [...log.closed, ...[log.openAt(mark)].flatMap((trade) => trade ?? [])];
        const total = all.reduce((sum, { realizedPnl }) => sum + realizedPnl, 0n);
        assert.equal(total, account.equity(mark));
      }),
    );
  });
});
