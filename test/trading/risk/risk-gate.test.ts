import assert from 'node:assert/strict';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { toMoney } from '../../../server/trading/broker/money.ts';
import type { ProposedOrder } from '../../../server/trading/risk/check-order.ts';
import { type EngineMode, setEngineMode } from '../../../server/trading/risk/engine-mode.ts';
import { EngineRisk } from '../../../server/trading/risk/engine-risk.ts';
import { RiskGate } from '../../../server/trading/risk/risk-gate.ts';
import type { TradingLimits } from '../../../server/trading/risk/trading-limits.ts';

const INSTRUMENT = new Instrument({ symbol: 'A', tickSize: 1, lotSize: 1 });
const CASH = toMoney(1000, 'cash');
const DAY_MS = 86_400_000;
const money = (value: number): bigint => toMoney(value, 'value');

const order = (given: Partial<ProposedOrder> = {}): ProposedOrder => ({
  instrument: INSTRUMENT,
  side: 'Buy',
  lots: 10,
  ticks: 5,
  positionLots: 0,
  openLots: 0,
  ...given,
});

function start(limits: TradingLimits, engineLimits: TradingLimits = {}) {
  const engine = new EngineRisk();
  engine.setLimits(engineLimits);
  return { engine, gate: new RiskGate('r1', limits, CASH, engine) };
}

function setMode(engine: EngineRisk, mode: EngineMode): void {
  engine.modeState = setEngineMode(engine.modeState, { mode, actor: 'me', timeMs: 1, reason: '' }).state;
}

describe('RiskGate', () => {
  for (const { name, limits, given, want } of [
    { name: 'without limits anything goes', limits: {}, given: { lots: 1e9 }, want: undefined },
    {
      name: 'an order of the largest quantity passes',
      limits: { maxOrderQuantity: 10 },
      given: {},
      want: undefined,
    },
    { name: 'a lot more does not', limits: { maxOrderQuantity: 9 }, given: {}, want: 'order_quantity' },
    {
      name: 'an order of the largest value passes',
      limits: { maxOrderValue: 50 },
      given: {},
      want: undefined,
    },
    { name: 'a lot more does not', limits: { maxOrderValue: 49.99 }, given: {}, want: 'order_value' },
    {
      name: 'the position counts what is held and what may still fill',
      limits: { maxPositionQuantity: 29 },
      given: { positionLots: 10, openLots: 10 },
      want: 'position_limit',
    },
    {
      name: 'up to the limit passes',
      limits: { maxPositionQuantity: 30 },
      given: { positionLots: 10, openLots: 10 },
      want: undefined,
    },
    {
      name: 'short positions are limited, too',
      limits: { maxPositionQuantity: 19 },
      given: { side: 'Sell', positionLots: -10 },
      want: 'position_limit',
    },
    {
      name: 'the value of the position counts',
      limits: { maxPositionValue: 99 },
      given: { positionLots: 10 },
      want: 'position_value',
    },
    {
      name: 'what makes a position smaller passes the limits of positions',
      limits: { maxPositionQuantity: 1, maxPositionValue: 1 },
      given: { side: 'Sell', positionLots: 20 },
      want: undefined,
    },
    {
      name: 'what turns it around does not',
      limits: { maxPositionQuantity: 4 },
      given: { side: 'Sell', positionLots: 5 },
      want: 'position_limit',
    },
    {
      name: 'a limit of 0 lets nothing through',
      limits: { maxOrdersPerMinute: 0 },
      given: {},
      want: 'order_rate',
    },
  ] as const) {
    for (const scope of ['runner', 'engine'] as const) {
      it(`${name}, limits of the ${scope}`, () => {
        const { gate } = scope === 'runner' ? start(limits) : start({}, limits);
        assert.equal(gate.admit(order(given), 0)?.reason, want);
      });
    }
  }

  it('refuses a position that could not be counted exactly', () => {
    const { gate } = start({});
    const huge = order({ lots: 9e15, positionLots: 9e15 });
    assert.equal(gate.admit(huge, 0)?.reason, 'position_limit');
  });

  it('says which limit it was and what would have been', () => {
    const { gate } = start({ maxOrderQuantity: 9 });
    assert.deepEqual(gate.admit(order(), 0), {
      reason: 'order_quantity',
      message: 'max_order_quantity of the runner must not be exceeded: 9, was 10',
    });
  });

  it('counts the orders of any 60 seconds, and not those that were refused', () => {
    const { gate } = start({ maxOrdersPerMinute: 2 });
    const reasons = [0, 30_000, 59_999, 60_000, 60_001, 90_000].map(
      (timeMs) => gate.admit(order(), timeMs)?.reason,
    );
    assert.deepEqual(reasons, [undefined, undefined, 'order_rate', undefined, 'order_rate', undefined]);
  });

  it('ends trading at the loss of a day, until the next one', () => {
    const { gate } = start({ maxDailyLoss: 100 });
    gate.onEquity(1, CASH - money(99.99), 0n);
    assert.equal(gate.admit(order(), 2), undefined);
    gate.onEquity(3, CASH - money(100), 0n);
    assert.equal(gate.admit(order(), 4)?.reason, 'daily_loss');
    assert.equal(gate.admit(order({ side: 'Sell', positionLots: 10 }), 4), undefined);
    assert.equal(gate.admit(order(), DAY_MS - 1)?.reason, 'daily_loss');
    assert.equal(gate.admit(order(), DAY_MS), undefined);
  });

  it('ends trading at a fall from the highest point', () => {
    const { gate } = start({ maxDrawdownFraction: 0.25 });
    gate.onEquity(1, money(2000), 0n);
    gate.onEquity(2, money(1501), 0n);
    assert.equal(gate.admit(order(), 3), undefined);
    gate.onEquity(4, money(1500), 0n);
    assert.equal(gate.admit(order(), 5)?.reason, 'drawdown');
    assert.equal(gate.admit(order(), DAY_MS * 9)?.reason, 'drawdown');
  });

  it('holds all runners together to the limits of the engine', () => {
    const limits = { maxPositionValue: 120, maxDailyLoss: 100, maxOrdersPerMinute: 3 };
    const { engine, gate } = start({}, limits);
    const other = new RiskGate('r2', {}, CASH, engine);
    other.onEquity(1, CASH, money(-80));
    assert.equal(gate.admit(order(), 1)?.reason, 'position_value');
    assert.equal(gate.admit(order({ lots: 8 }), 1), undefined);
    other.onEquity(2, CASH - money(60), 0n);
    gate.onEquity(2, CASH - money(40), 0n);
    assert.equal(gate.admit(order(), 3)?.reason, 'daily_loss');
    assert.equal(other.admit(order(), 3)?.reason, 'daily_loss');
    gate[Symbol.dispose]();
    gate[Symbol.dispose]();
    gate.onEquity(DAY_MS, CASH, 0n);
    assert.equal(other.admit(order(), DAY_MS + 1), undefined);
  });

  it('holds them to what it knows of the runners elsewhere, too', () => {
    const { engine, gate } = start({}, { maxPositionValue: 120, maxDailyLoss: 100, maxOrdersPerMinute: 3 });
    const peers = { equity: CASH, positionsValue: 0n, dailyPnl: 0n, peakEquity: CASH, ordersInLastMinute: 0 };
    engine.peers = { ...peers, positionsValue: money(80) };
    assert.equal(gate.admit(order(), 1)?.reason, 'position_value');
    engine.peers = { ...peers, dailyPnl: money(-100) };
    assert.equal(gate.admit(order(), 1)?.reason, 'daily_loss');
    engine.peers = { ...peers, ordersInLastMinute: 3 };
    assert.equal(gate.admit(order(), 1)?.reason, 'order_rate');
    engine.peers = { ...peers, ordersInLastMinute: 2 };
    assert.equal(gate.admit(order(), 1), undefined);
    assert.equal(gate.admit(order(), 1)?.reason, 'order_rate');
    assert.equal(gate.stand().ordersInLastMinute, 1);
  });

  it('lets the day and the minute of one that holds nothing end by its ticks', () => {
    const { engine, gate } = start({}, { maxDailyLoss: 100 });
    const other = new RiskGate('r2', {}, CASH, engine);
    other.onTime(1);
    assert.equal(other.admit(order(), 1), undefined);
    other.onEquity(2, CASH - money(100), 0n);
    assert.equal(gate.admit(order(), 3)?.reason, 'daily_loss');
    other.onTime(DAY_MS);
    assert.equal(other.stand().ordersInLastMinute, 0);
    assert.equal(gate.admit(order(), DAY_MS), undefined);
  });

  it('takes the cash of a new runner for no profit, and of a removed one for no loss', () => {
    const { engine, gate } = start({}, { maxDailyLoss: 1, maxDrawdownFraction: 0.01 });
    const other = new RiskGate('r2', {}, CASH, engine);
    other.onEquity(5, CASH, 0n);
    other[Symbol.dispose]();
    gate.onEquity(6, CASH, 0n);
    assert.equal(gate.admit(order(), 7), undefined);
  });

  it('lets only what reduces through while the engine is reducing, and nothing while it is halted', () => {
    const { engine, gate } = start({});
    const opening = order();
    const reducing = order({ side: 'Sell', positionLots: 10 });
    const turning = order({ side: 'Sell', positionLots: 10, openLots: 1 });
    setMode(engine, 'reducing');
    assert.equal(gate.admit(opening, 0)?.reason, 'engine_reducing');
    assert.equal(gate.admit(turning, 0)?.reason, 'engine_reducing');
    assert.equal(gate.admit(reducing, 0), undefined);
    setMode(engine, 'halted');
    assert.equal(gate.admit(reducing, 0)?.reason, 'engine_halted');
    setMode(engine, 'active');
    assert.equal(gate.admit(opening, 0), undefined);
  });

  for (const [limits, path] of [
    [{ maxOrderQuantity: -1 }, 'limits.max_order_quantity'],
    [{ maxDrawdownFraction: 1.5 }, 'limits.max_drawdown_fraction'],
    [{ maxDailyLoss: Number.NaN }, 'limits.max_daily_loss'],
  ] as const) {
    it(`refuses ${path} of ${Object.values(limits)}`, () => {
      assert.throws(() => start(limits), { code: 'FIELD_INVALID', path });
    });
  }
});

describe('setEngineMode', () => {
  const state = { mode: 'halted', actor: 'ann', timeMs: 5, reason: 'news' } as const;

  it('says who changed what, when and why', () => {
    const set = { mode: 'active', actor: 'bob', timeMs: 9, reason: 'over' } as const;
    assert.deepEqual(setEngineMode(state, set), {
      state: set,
      change: { fromMode: 'halted', toMode: 'active', actor: 'bob', reason: 'over' },
    });
  });

  it('keeps who set a mode that is set again', () => {
    const again = { ...state, actor: 'bob', timeMs: 9 };
    assert.deepEqual(setEngineMode(state, again), { state, change: undefined });
  });

  it('refuses a mode that there is not', () => {
    assert.throws(() => setEngineMode(state, { ...state, mode: 'asleep' as EngineMode }), {
      code: 'FIELD_INVALID',
      message: /must be one of active, reducing, halted, was "asleep"/,
    });
  });
});
