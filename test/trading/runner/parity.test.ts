import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { BUILT_IN_REGISTRIES } from '../../../server/registries.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { createLog } from '../../../server/runtime/logging.ts';
import { StreamRuntime } from '../../../server/runtime/stream-runtime.ts';
import { Backtest } from '../../../server/trading/backtest/backtest.ts';
import { moneyToNumber } from '../../../server/trading/broker/money.ts';
import type { Fill, Order } from '../../../server/trading/broker/order.ts';
import { syntheticTicks } from '../../../server/trading/lua/synthetic-ticks.ts';
import type { MarketTick } from '../../../server/trading/market/market-tick.ts';
import { closeRunnerChannel, runnerChannel } from '../../../server/trading/runner/runner-channel.ts';
import type { RunnerEvent } from '../../../server/trading/runner/runner-event.ts';
import { LuaStrategy } from '../../../server/trading/session/lua-strategy.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const SYMBOL = 'PARITY';
const KEY = 'parity';
const STEPS = { tickSize: 0.01, lotSize: 0.001 };
/** Of the market, between two ticks. */
const INTERVAL_MS = 100;
const TICKS = 400;

/** Trades often, with orders that fill at once, that wait, and that are taken back. */
const CODE = `
  function on_tick(tick, ctx)
    local fast, slow = ctx.ema(3), ctx.ema(8)
    local dice = math.random(1, 8)
    if dice == 1 then ctx.buy { quantity = 0.2, limit = tick.price * 0.9995 } end
    if dice == 2 then ctx.cancel() end
    if fast > slow and ctx.position.quantity == 0 then ctx.buy { quantity = 0.5, reason = "up" } end
    if fast < slow and ctx.position.quantity > 0 then ctx.close("down") end
  end
  function on_fill(fill, ctx) if fill.quantity > 0.3 then ctx.sell { quantity = 0.1, stop = fill.price * 0.999 } end end
`;

interface Trading {
  readonly orders: readonly object[];
  readonly fills: readonly object[];
  readonly equity: number;
  readonly realizedPnl: number;
}

/** Orders and fills begin with the name of who made them. */
const shown = <Part extends Order | Fill>({ orderId, ...part }: Part): object => ({
  ...part,
  orderId: orderId.slice(orderId.lastIndexOf('-') + 1),
});

describe('a strategy', () => {
  const folder = useTemporaryFolder();
  let ticks: MarketTick[];
  let file: string;

  before(() => {
    ticks = syntheticTicks(TICKS, 11n).map(({ price, size }, i) => ({
      symbol: SYMBOL,
      timestampMs: 1_700_000_000_000 + i * INTERVAL_MS,
      price: Number(price.toFixed(2)),
      size: Number(size.toFixed(3)),
    }));
  });

  beforeEach(() => {
    file = folder('ticks.csv');
    const rows = ticks.map(({ timestampMs, price, size }) => `${timestampMs},${price},${size}`);
    writeFileSync(file, `timestamp,price,size\n${rows.join('\n')}\n`);
  });

  function inBacktest(code: string): Trading {
    using strategy = new LuaStrategy({ code, symbol: SYMBOL });
    const backtest = new Backtest(strategy, {
      instrument: { symbol: SYMBOL, ...STEPS },
      execution: { takerFeeBps: 5, latencyMs: 20, maxFillFraction: 0.5 },
    });
    backtest.take(ticks);
    const { equity } = backtest;
    const { orders, fills, statistics } = backtest.finish();
    return {
      orders: orders.map(shown),
      fills: fills.map(shown),
      equity,
      realizedPnl: statistics.realizedPnl,
    };
  }

  async function onPaper(code: string, pace: object): Promise<Trading> {
    closeRunnerChannel(KEY);
    const channel = runnerChannel(KEY);
    const events: RunnerEvent[] = [];
    channel.onEvents = (some) => events.push(...some);
    const runtime = await StreamRuntime.create({
      registries: BUILT_IN_REGISTRIES,
      log: createLog({ '': 'silent' }),
    });
    try {
      await runtime.addProcessor({
        type: 'CsvMarketFeed',
        id: 'feed',
        config: { path: file, symbol: SYMBOL, timestamp_unit: 'ms', ...pace },
      });
      await runtime.addProcessor({
        type: 'SymbolRunner',
        id: 'runner',
        config: {
          key: KEY,
          runner_id: 'r',
          symbol: SYMBOL,
          tick_size: STEPS.tickSize,
          lot_size: STEPS.lotSize,
          code,
          execution: { taker_fee_bps: 5, latency_ms: 20, max_fill_fraction: 0.5 },
        },
      });
      const delivery = { delivery: 'lossless' } as const;
      await runtime.connect(outputPort('feed', 'market'), inputPort('runner', 'market'), delivery);
      await runtime.start();
      await eventually(() => count(events, 'TickReceived') === TICKS, 'every tick is told');
      await eventually(() => !channel.isOpen, 'the runner has ended with its feed');
      const { equity, realizedPnl } = await channel.view();
      const orders = new Map<string, Order>();
      for (const event of events) if ('order' in event) orders.set(event.order.orderId, event.order);
      return {
        orders: [...orders.values()].map(shown),
        fills: events.flatMap((event) => (event.kind === 'OrderFilled' ? [shown(event.fill)] : [])),
        equity: moneyToNumber(equity),
        realizedPnl: moneyToNumber(realizedPnl),
      };
    } finally {
      await runtime.close();
      closeRunnerChannel(KEY);
    }
  }

  for (const [name, code] of Object.entries({
    'that trades often': CODE,
    ema_crossover: readFileSync(
      new URL('../../../examples/strategies/ema_crossover.lua', import.meta.url),
      'utf8',
    ),
  }))
    it(`${name} makes the same orders, fills and money in a backtest and on paper, at full speed and at 50 times`, async () => {
      const want = inBacktest(code);
      assert.ok(want.fills.length > 2);
      const orders = want.orders.filter((order) => isOver(order as Order));
      for (const pace of [{ pace: 'fast' }, { pace: 'timestamps', speed: 50 }]) {
        const got = await onPaper(code, pace);
        // What waits at the end a backtest takes back and a runner keeps for its next start.
        assert.deepEqual(
          got.orders.filter((order) => isOver(order as Order)),
          orders,
        );
        assert.deepEqual(got.fills, want.fills);
        assert.deepEqual([got.equity, got.realizedPnl], [want.equity, want.realizedPnl]);
      }
    });
});

const count = (events: readonly RunnerEvent[], kind: RunnerEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;

const isOver = ({ state }: Order): boolean => state === 'Filled' || state === 'Rejected';
