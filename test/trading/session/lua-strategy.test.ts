import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Backtest } from '../../../server/trading/backtest/backtest.ts';
import { parseExecutionOptions } from '../../../server/trading/broker/execution-options.ts';
import { Instrument } from '../../../server/trading/broker/instrument.ts';
import { toMoney } from '../../../server/trading/broker/money.ts';
import { PaperBroker } from '../../../server/trading/broker/paper-broker.ts';
import { TradingAccount } from '../../../server/trading/broker/trading-account.ts';
import { LuaError } from '../../../server/trading/lua/lua-error.ts';
import { syntheticTicks } from '../../../server/trading/lua/synthetic-ticks.ts';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import { EngineRisk } from '../../../server/trading/risk/engine-risk.ts';
import { RiskGate } from '../../../server/trading/risk/risk-gate.ts';
import type { TradingLimits } from '../../../server/trading/risk/trading-limits.ts';
import { decodeState, encodeState } from '../../../server/trading/session/encode-state.ts';
import { LuaStrategy } from '../../../server/trading/session/lua-strategy.ts';
import { type RunEvent, StrategyRun } from '../../../server/trading/session/strategy-run.ts';
import { TradingSession, type TradingSessionState } from '../../../server/trading/session/trading-session.ts';
import { EmaCross } from '../backtest/ema-cross.ts';

const SYMBOL = 'A';
const INSTRUMENT = new Instrument({ symbol: SYMBOL, tickSize: 0.01, lotSize: 0.001 });
const CASH = toMoney(10_000, 'cash');
const EXECUTION = { takerFeeBps: 5, latencyMs: 20 };

/** The rules of EmaCross. */
const EMA_CROSS = `
strategy = { memory = { bars = 0 } }
function on_bar(bar, ctx)
  local memory = ctx.memory
  memory.bars = memory.bars + 1
  local fast, slow = ctx.ema(10), ctx.ema(20)
  local wants_long = memory.bars >= 20 and fast > slow
  if wants_long and ctx.position.quantity == 0 then ctx.buy { quantity = 0.1, reason = "cross up" } end
  if not wants_long and ctx.position.quantity > 0 then ctx.close("cross down") end
end
`;

/** Trades often and at random, with orders that wait and are taken back. */
const RESTLESS = `
strategy = { memory = { fills = 0 } }
function on_tick(tick, ctx)
  local dice = math.random(1, 6)
  if dice == 1 then ctx.memory.last = ctx.buy { quantity = 0.1, limit = tick.price * 0.999 } end
  if dice == 2 then ctx.sell { quantity = 0.2, reason = "down" } end
  if dice == 3 then ctx.close() end
  if dice == 4 and ctx.memory.last then ctx.cancel { order = ctx.memory.last } end
  ctx.set("equity", ctx.account.equity)
end
function on_fill(fill, ctx)
  ctx.memory.fills = ctx.memory.fills + 1
  ctx.log(fill.order .. " " .. fill.side .. " " .. ctx.position.side .. " " .. ctx.position.quantity)
end
`;

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/strategies/${name}.lua`, import.meta.url), 'utf8');

const tick = (timestampMs: number, price: number): MarketTick => ({
  symbol: SYMBOL,
  timestampMs,
  price,
  size: 0,
});

const ticksOf = (count: number, seed: bigint): MarketTick[] =>
  syntheticTicks(count, seed).map(({ timeUs, price, size, bid, ask }) => ({
    symbol: SYMBOL,
    timestampMs: timeUs / 1000,
    price,
    size,
    bid,
    ask,
  }));

function createSession(limits: TradingLimits = {}, execution: object = {}): TradingSession {
  const account = new TradingAccount(INSTRUMENT, CASH);
  const adapter = new PaperBroker(INSTRUMENT, parseExecutionOptions(execution));
  return new TradingSession({ account, adapter, gate: new RiskGate('r', limits, CASH, new EngineRisk()) });
}

const kinds = (events: readonly RunEvent[]): string[] => events.map(({ kind }) => kind);

describe('LuaStrategy', () => {
  let open: LuaStrategy[] = [];
  afterEach(() => {
    for (const strategy of open) strategy[Symbol.dispose]();
    open = [];
  });

  function lua(code: string, options: object = {}): LuaStrategy {
    const strategy = new LuaStrategy({ code, symbol: SYMBOL, ...options });
    open.push(strategy);
    return strategy;
  }

  function run(code: string, limits?: TradingLimits): StrategyRun {
    return new StrategyRun(createSession(limits), lua(code));
  }

  it('gives the report that the same rules in JavaScript give, byte for byte', () => {
    const bars = ticksOf(3000, 5n).map((each) => ({
      ...each,
      open: each.price,
      high: each.price * 1.001,
      low: each.price * 0.999,
      volume: 10,
    }));
    const options = { instrument: { symbol: SYMBOL, tickSize: 0.01, lotSize: 0.001 }, execution: EXECUTION };
    const [inLua, inJavaScript] = [lua(EMA_CROSS), new EmaCross({ fast: 10, slow: 20, quantity: 0.1 })].map(
      (strategy) => {
        const backtest = new Backtest(strategy, options);
        backtest.take(bars);
        return backtest.finish();
      },
    );
    assert.ok((inJavaScript?.fills.length ?? 0) > 20);
    assert.deepEqual(inLua?.orders, inJavaScript?.orders);
    assert.equal(inLua?.digestSha256, inJavaScript?.digestSha256);
  });

  it('tells what it does in the order in which it asked for it', () => {
    const strategy = run(`
      function on_start(ctx) ctx.log("begin", "debug") end
      function on_tick(tick, ctx)
        ctx.transition("Analyzing", "there is a price")
        ctx.buy { quantity = 1, reason = "up" }
        ctx.transition("InPosition", "bought")
      end
      function on_stop(ctx) ctx.log(ctx.position.side .. " " .. ctx.account.cash) end
    `);
    assert.deepEqual(strategy.start(), [{ kind: 'StrategyLogged', level: 'debug', message: 'begin' }]);
    const events = strategy.onTick(tick(1, 10));
    assert.deepEqual(kinds(events), [
      'StateTransition',
      'ActionExecuted',
      'OrderSubmitted',
      'OrderAccepted',
      'OrderFilled',
      'PositionOpened',
      'StateTransition',
    ]);
    assert.deepEqual(events[0], {
      kind: 'StateTransition',
      from: 'Idle',
      to: 'Analyzing',
      reason: 'there is a price',
    });
    assert.deepEqual(strategy.stop('end'), [
      { kind: 'StrategyLogged', level: 'info', message: 'Long 9990.0' },
    ]);
  });

  it('knows its orders by the names that it was given, in fills and cancellations', () => {
    const strategy = run(`
      function on_tick(tick, ctx)
        if tick.price == 10 then
          ctx.memory.low = ctx.buy { quantity = 1, limit = 8 }
          ctx.memory.lower = ctx.buy { quantity = 2, limit = 7 }
        elseif tick.price == 9 then
          ctx.cancel { order = ctx.memory.lower }
        end
      end
      function on_fill(fill, ctx) ctx.log(fill.order .. (fill.order == ctx.memory.low and " is low" or "")) end
    `);
    strategy.start();
    strategy.onTick(tick(1, 10));
    const ids = () => strategy.session.openOrders.map(({ orderId }) => orderId);
    assert.deepEqual(ids(), ['order-1', 'order-2']);
    assert.deepEqual(kinds(strategy.onTick(tick(2, 9))), ['ActionExecuted', 'OrderCanceled']);
    assert.deepEqual(ids(), ['order-1']);
    const filled = strategy.onTick(tick(3, 8));
    assert.deepEqual(filled.at(-1), { kind: 'StrategyLogged', level: 'info', message: 'o1 is low' });
  });

  it('sees what a refused order leaves of its account, and goes on', () => {
    const strategy = run(
      'function on_tick(tick, ctx) ctx.buy(5) ctx.log(tostring(ctx.position.quantity)) end',
      { maxOrderQuantity: 1 },
    );
    strategy.start();
    const events = strategy.onTick(tick(1, 10));
    assert.deepEqual(kinds(events), ['ActionExecuted', 'OrderRejected', 'StrategyLogged']);
    assert.deepEqual(kinds(strategy.onTick(tick(2, 11))), kinds(events));
  });

  it('throws what fails, takes back what that call asked for, and goes on', () => {
    const strategy = run(`
      function on_tick(tick, ctx)
        ctx.transition(ctx.state == "Idle" and "Analyzing" or "Idle", "")
        ctx.buy(1)
        if tick.price == 10 then error("no") end
      end
    `);
    strategy.start();
    const [fault, ...more] = strategy.onTick(tick(1, 10));
    assert.ok(fault?.kind === 'StrategyFault' && fault.error instanceof LuaError);
    assert.deepEqual([fault.callback, fault.error.code, fault.error.line], ['onTick', 'runtime', 5]);
    assert.deepEqual(more, []);
    assert.deepEqual(kinds(strategy.onTick(tick(2, 11))).slice(0, 2), ['StateTransition', 'ActionExecuted']);
    assert.deepEqual(strategy.session.account.position?.lots, INSTRUMENT.lotsWithin(1));
  });

  for (const [name, code] of Object.entries({
    RESTLESS,
    ema_crossover: example('ema_crossover'),
    mean_reversion: example('mean_reversion'),
  })) {
    it(`goes on in another session as if nothing had been: ${name}`, function () {
      this.timeout(60_000);
      const property = fc.property(
        fc.bigInt({ min: 0n, max: 1_000_000n }),
        fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 3 }),
        (seed, parts) => {
          const ticks = ticksOf(400, seed);
          const options = { seed, windowSize: 50 };
          const whole = new StrategyRun(createSession({}, EXECUTION), lua(code, options));
          const wants = [whole.start(), ...ticks.map((each) => whole.onTick(each))];

          let strategy = lua(code, options);
          let session = createSession({}, EXECUTION);
          let part = new StrategyRun(session, strategy);
          const got = [part.start()];
          let at = 0;
          for (const length of [...parts, ticks.length]) {
            for (const each of ticks.slice(at, at + length)) got.push(part.onTick(each));
            at += length;
            const kept = JSON.stringify({
              state: encodeState(session.state()),
              snapshot: strategy.snapshot(),
            });
            const { state, snapshot } = JSON.parse(kept);
            session = createSession({}, EXECUTION);
            session.goOn(decodeState<TradingSessionState>(state));
            strategy = lua(code, { ...options, snapshot });
            part = new StrategyRun(session, strategy);
          }
          assert.deepEqual(encoded(got), encoded(wants));
          assert.deepEqual(encodeState(session.state()), encodeState(whole.session.state()));
        },
      );
      fc.assert(property, { numRuns: 8 });
    });
  }
});

const encoded = (events: readonly (readonly RunEvent[])[]) => events.map((each) => encodeState([...each]));
