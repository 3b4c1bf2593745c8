import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type ExecutionOptions,
  parseExecutionOptions,
} from '../../../server/trading/broker/execution-options.ts';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { toMoney } from '../../../server/trading/broker/money.ts';
import { isFinal } from '../../../server/trading/broker/order.ts';
import { PaperBroker } from '../../../server/trading/broker/paper-broker.ts';
import { TradingAccount } from '../../../server/trading/broker/trading-account.ts';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import { EngineRisk } from '../../../server/trading/risk/engine-risk.ts';
import { RiskGate } from '../../../server/trading/risk/risk-gate.ts';
import type { TradingLimits } from '../../../server/trading/risk/trading-limits.ts';
import { decodeState, encodeState } from '../../../server/trading/session/encode-state.ts';
import type { SessionEvent } from '../../../server/trading/session/session-event.ts';
import type { StrategyAction } from '../../../server/trading/session/strategy-action.ts';
import { TradingSession, type TradingSessionState } from '../../../server/trading/session/trading-session.ts';

const INSTRUMENT = new Instrument({ symbol: 'A', tickSize: 0.1, lotSize: 0.01 });
const CASH = toMoney(1000, 'cash');

function start(options: Partial<ExecutionOptions> = {}, limits: TradingLimits = {}) {
  const engine = new EngineRisk();
  const account = new TradingAccount(INSTRUMENT, CASH);
  const adapter = new PaperBroker(INSTRUMENT, parseExecutionOptions(options));
  const session = new TradingSession({ account, adapter, gate: new RiskGate('r', limits, CASH, engine) });
  return { session, account, engine };
}

const tick = (timestampMs: number, price: number, size = 0): MarketTick => ({
  symbol: 'A',
  timestampMs,
  price,
  size,
});
const kinds = (events: readonly SessionEvent[]): string[] => events.map(({ kind }) => kind);

describe('TradingSession', () => {
  it('turns actions into orders, fills and positions, in this order', () => {
    const { session, account } = start();
    assert.deepEqual(kinds(session.onTick(tick(1, 10))), []);
    assert.deepEqual(kinds(session.act({ kind: 'Buy', quantity: 2, reason: 'up' })), [
      'ActionExecuted',
      'OrderSubmitted',
      'OrderAccepted',
      'OrderFilled',
      'PositionOpened',
    ]);
    assert.deepEqual(kinds(session.onTick(tick(2, 11))), []);
    assert.equal(session.positionUpdate()?.kind, 'PositionUpdated');
    assert.equal(session.unrealizedPnl, toMoney(2, 'pnl'));
    const closed = session.act({ kind: 'Close' });
    assert.equal(kinds(closed).at(-1), 'PositionClosed');
    assert.equal(session.positionUpdate(), undefined);
    assert.equal(account.cash, CASH + toMoney(2, 'pnl'));
    assert.deepEqual(kinds(session.act({ kind: 'Close' })), []);
  });

  it('closes a part where it is told how much', () => {
    const { session, account } = start();
    session.onTick(tick(1, 10));
    session.act({ kind: 'Sell', quantity: 2 });
    session.act({ kind: 'Close', quantity: 0.5 });
    assert.equal(account.lots, -150);
    session.act({ kind: 'Close', quantity: 99 });
    assert.equal(account.lots, 0);
  });

  it('takes one order back, or all', () => {
    const { session } = start();
    session.onTick(tick(1, 10));
    for (const limitPrice of [5, 6, 7]) session.act({ kind: 'Buy', quantity: 1, limitPrice });
    assert.deepEqual(kinds(session.act({ kind: 'Cancel', orderId: 'order-2' })), [
      'ActionExecuted',
      'OrderCanceled',
    ]);
    assert.deepEqual(
      session.openOrders.map(({ orderId }) => orderId),
      ['order-1', 'order-3'],
    );
    assert.deepEqual(kinds(session.act({ kind: 'Cancel', orderId: 'order-2' })), ['ActionExecuted']);
    assert.deepEqual(kinds(session.act({ kind: 'Cancel' })), [
      'ActionExecuted',
      'OrderCanceled',
      'OrderCanceled',
    ]);
  });

  for (const { action, want } of [
    { action: { kind: 'Hold' }, want: /action must be one of Buy, Sell, Close, Cancel, was "Hold"/ },
    { action: { kind: 'Buy' }, want: /quantity must be a number above 0, was NaN/ },
    { action: { kind: 'Buy', quantity: -1 }, want: /quantity must be a number above 0, was -1/ },
    {
      action: { kind: 'Sell', quantity: Number.POSITIVE_INFINITY },
      want: /quantity must be a number above 0/,
    },
    {
      action: { kind: 'Buy', quantity: 0.001 },
      want: /quantity must be at least a lot \(0\.01\), was 0\.001/,
    },
    {
      action: { kind: 'Buy', quantity: 1, limitPrice: Number.NaN },
      want: /limit_price must be a number above 0/,
    },
    {
      action: { kind: 'Buy', quantity: 1e300 },
      want: /quantity must be a number whose steps can be counted exactly/,
    },
    {
      action: { kind: 'Buy', quantity: 1, stopPrice: 0 },
      want: /stop_price must be a number above 0, was 0/,
    },
  ]) {
    it(`sends nothing for ${JSON.stringify(action)}`, () => {
      const { session } = start();
      session.onTick(tick(1, 10));
      const [event, ...more] = session.act(action);
      assert.ok(event?.kind === 'ActionInvalid');
      assert.match(event.message, want);
      assert.deepEqual(more, []);
    });
  }

  it('reports what the risk gate refuses, and sends nothing', () => {
    const { session, account } = start({}, { maxOrderQuantity: 1 });
    session.onTick(tick(1, 10));
    const [, event] = session.act({ kind: 'Buy', quantity: 2, reason: 'greed' });
    assert.ok(event?.kind === 'OrderRejected');
    assert.equal(event.reason, 'order_quantity');
    assert.deepEqual([event.order.state, event.order.reason], ['Rejected', 'greed']);
    assert.equal(account.lots, 0);
  });

  it('takes open orders back where the engine is halted', () => {
    const { session, engine } = start();
    session.onTick(tick(1, 10));
    session.act({ kind: 'Buy', quantity: 1, limitPrice: 5 });
    engine.modeState = { ...engine.modeState, mode: 'halted' };
    assert.deepEqual(kinds(session.onTick(tick(2, 10))), ['OrderCanceled']);
    assert.deepEqual(kinds(session.act({ kind: 'Buy', quantity: 1 })), ['ActionExecuted', 'OrderRejected']);
  });

  it('rounds limits to the side of the trader and stops away from the market', () => {
    const { session } = start();
    session.onTick(tick(1, 10));
    session.act({ kind: 'Buy', quantity: 1, limitPrice: 5.17 });
    session.act({ kind: 'Sell', quantity: 1, limitPrice: 15.11 });
    session.act({ kind: 'Buy', quantity: 1, stopPrice: 12.01 });
    session.act({ kind: 'Sell', quantity: 1, stopPrice: 8.09, limitPrice: 7.01 });
    assert.deepEqual(
      session.openOrders.map(({ type, limitTicks, stopTicks }) => [type, limitTicks, stopTicks]),
      [
        ['Limit', 51, undefined],
        ['Limit', 152, undefined],
        ['Stop', undefined, 121],
        ['StopLimit', 71, 80],
      ],
    );
  });

  const actions: fc.Arbitrary<StrategyAction> = fc.record({
    kind: fc.constantFrom('Buy', 'Sell', 'Close', 'Cancel'),
    quantity: fc.integer({ min: 1, max: 500 }).map((lots) => lots / 100),
    limitPrice: fc.option(
      fc.integer({ min: 50, max: 150 }).map((ticks) => ticks / 10),
      { nil: undefined },
    ),
    stopPrice: fc.option(
      fc.integer({ min: 50, max: 150 }).map((ticks) => ticks / 10),
      { nil: undefined },
    ),
  });
  const steps = fc.array(
    fc.record({
      price: fc.integer({ min: 50, max: 150 }).map((ticks) => ticks / 10),
      size: fc.integer({ min: 0, max: 300 }).map((lots) => lots / 100),
      action: fc.option(actions, { nil: undefined }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const options = fc.record({
    latencyMs: fc.constantFrom(0, 15),
    takerFeeBps: fc.constantFrom(0, 7.3),
    makerFeeBps: fc.constantFrom(-0.7, 0, 2),
    slippageBps: fc.constantFrom(0, 33),
    maxFillFraction: fc.constantFrom(0.3, 1),
  });

  it('conserves money, fills no order too far and gives the same events again', () => {
    fc.assert(
      fc.property(steps, options, (given, execution) => {
        const run = (): SessionEvent[] => {
          const { session, account } = start(execution);
          const events: SessionEvent[] = [];
          for (const [i, { price, size, action }] of given.entries()) {
            events.push(...session.onTick(tick(i * 10, price, size)));
            if (action !== undefined) events.push(...session.act(action));
            assert.equal(session.equity, CASH + account.realizedPnl + session.unrealizedPnl);
          }
          const filled = events.flatMap((event) => (event.kind === 'OrderFilled' ? [event] : []));
          const held = filled.reduce(
            (sum, { fill }) => sum + (fill.side === 'Buy' ? fill.lots : -fill.lots),
            0,
          );
          assert.equal(account.lots, held);
          const fees = filled.reduce((sum, { fill }) => sum + fill.fee, 0n);
          assert.equal(account.feesPaid, fees);
          for (const { lots, filledLots } of session.openOrders) assert.ok(filledLots < lots);
          for (const { order } of filled) assert.equal(isFinal(order), order.filledLots === order.lots);
          return events;
        };
        assert.deepEqual(run(), run());
      }),
    );
  });

  it('goes on after a restart as if there had been none', () => {
    const limits = { maxOrdersPerMinute: 20, maxDailyLoss: 30, maxDrawdownFraction: 0.05 };
    fc.assert(
      fc.property(steps, options, fc.nat(), (given, execution, chance) => {
        const restartAt = chance % given.length;
        const run = (restarts: boolean): SessionEvent[] => {
          let { session } = start(execution, limits);
          const events: SessionEvent[] = [];
          for (const [i, { price, size, action }] of given.entries()) {
            if (restarts && i === restartAt) {
              const state = JSON.stringify(encodeState(session.state()));
              ({ session } = start(execution, limits));
              session.goOn(decodeState<TradingSessionState>(JSON.parse(state)));
            }
            events.push(...session.onTick(tick(i * 10, price, size)));
            if (action !== undefined) events.push(...session.act(action));
          }
          return events;
        };
        assert.deepEqual(run(true).map(encodeState), run(false).map(encodeState));
      }),
    );
  });

  it('refuses to go on with an account whose parts do not agree', () => {
    const { account } = start();
    const state = account.state();
    assert.throws(() => account.goOn({ ...state, cash: state.cash + 1n }), {
      code: 'INTERNAL',
      message: /cash and position must agree after a restart/,
    });
  });
});
