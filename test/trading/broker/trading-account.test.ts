import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { toMoney } from '../../../server/trading/broker/money.ts';
import type { Fill } from '../../../server/trading/broker/order.ts';
import { entryPriceOf, TradingAccount } from '../../../server/trading/broker/trading-account.ts';

const INSTRUMENT = new Instrument({ symbol: 'A', tickSize: 0.5, lotSize: 0.001 });
const CASH = toMoney(1000, 'cash');

const fill = (side: 'Buy' | 'Sell', lots: number, price: number, fee = 0): Fill => ({
  fillId: 'f',
  orderId: 'o',
  side,
  ticks: INSTRUMENT.nearestTicks(price),
  lots,
  fee: toMoney(fee, 'fee'),
  liquidity: 'Taker',
  timeMs: 0,
});

const money = (value: number): bigint => toMoney(value, 'value');

describe('TradingAccount', () => {
  it('opens, enlarges, reduces and closes a position', () => {
    const account = new TradingAccount(INSTRUMENT, CASH);
    const kinds = [
      fill('Buy', 1000, 100, 0.1),
      fill('Buy', 1000, 110, 0.1),
      fill('Sell', 500, 120, 0.1),
      fill('Sell', 1500, 100, 0.1),
    ].map((each) => account.apply(each));
    assert.deepEqual(
      kinds.map((changes) => changes.map(({ kind }) => kind)),
      [['opened'], ['updated'], ['updated'], ['closed']],
    );
    const closed = kinds[3]?.[0];
    assert.ok(closed?.kind === 'closed');
    // 0.5 of cost 105 went for 120, 1.5 for 100.
    assert.equal(closed.realizedPnl, money(7.5 - 7.5 - 0.4));
    assert.equal(account.realizedPnl, money(-0.4));
    assert.equal(account.cash, CASH + money(-0.4));
    assert.equal(account.position, undefined);
  });

  it('knows entry price, profit and equity of what is open', () => {
    const account = new TradingAccount(INSTRUMENT, CASH);
    account.apply(fill('Sell', 1000, 100));
    account.apply(fill('Sell', 3000, 120));
    const { position } = account;
    assert.ok(position !== undefined);
    assert.equal(position.side, 'Short');
    assert.equal(entryPriceOf(position, INSTRUMENT), 115);
    const ticks = INSTRUMENT.nearestTicks(105);
    assert.equal(account.lots, -4000);
    assert.equal(account.unrealizedPnl(ticks), money(40));
    assert.equal(account.equity(ticks), CASH + money(40));
  });

  it('closes one position and opens another where a fill turns it around', () => {
    const account = new TradingAccount(INSTRUMENT, CASH);
    account.apply(fill('Buy', 1000, 100));
    const changes = account.apply(fill('Sell', 3000, 90, 0.3));
    assert.deepEqual(
      changes.map(({ kind, position }) => [kind, position.side, position.lots]),
      [
        ['closed', 'Long', 0],
        ['opened', 'Short', 2000],
      ],
    );
    const [closed] = changes;
    assert.ok(closed?.kind === 'closed');
    assert.equal(closed.realizedPnl, money(-10.1));
    assert.equal(account.position?.fees, money(0.2));
  });

  it('conserves cash and the value of the position to the last unit', () => {
    const fills = fc.record({
      side: fc.constantFrom('Buy', 'Sell') as fc.Arbitrary<'Buy' | 'Sell'>,
      lots: fc.integer({ min: 1, max: 10 ** 9 }),
      ticks: fc.integer({ min: 1, max: 10 ** 9 }),
      fee: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    });
    const list = fc.array(fills, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 10 ** 9 }), (given, mark) => {
        const account = new TradingAccount(INSTRUMENT, CASH);
        let paid = 0n;
        let lots = 0;
        for (const [i, each] of given.entries()) {
          account.apply({ ...fill('Buy', 1, 1), ...each, fillId: `f${i}` });
          const value = INSTRUMENT.value(each.ticks, each.lots);
          paid += (each.side === 'Buy' ? value : -value) + each.fee;
          lots += each.side === 'Buy' ? each.lots : -each.lots;
        }
        assert.equal(account.lots, lots);
        assert.equal(account.cash, CASH - paid);
        assert.equal(account.equity(mark), CASH - paid + INSTRUMENT.value(mark, lots));
        assert.equal(account.equity(mark), CASH + account.realizedPnl + account.unrealizedPnl(mark));
      }),
    );
  });
});
