import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { BUILT_IN_REGISTRIES } from '../../../server/registries.ts';
import { inputPort, outputPort } from '../../../server/runtime/ids.ts';
import { createLog } from '../../../server/runtime/logging.ts';
import { StreamRuntime } from '../../../server/runtime/stream-runtime.ts';
import * as vocabulary from '../../../server/runtime/vocabulary.ts';
import { moneyToNumber } from '../../../server/trading/broker/money.ts';
import {
  closeRunnerChannel,
  type RunnerChannel,
  runnerChannel,
} from '../../../server/trading/runner/runner-channel.ts';
import type { RunnerEvent } from '../../../server/trading/runner/runner-event.ts';
import { eventually } from '../../support/eventually.ts';
import { useTemporaryFolder } from '../../support/temporary-folder.ts';

const example = (name: string) =>
  readFileSync(new URL(`../../../examples/strategies/${name}.lua`, import.meta.url), 'utf8');

const SYMBOL = 'SIM:A';
const KEY = 'test-runner';

describe('SymbolRunner', () => {
  const inFolder = useTemporaryFolder();
  let runtime: StreamRuntime;
  let channel: RunnerChannel;
  let events: RunnerEvent[];

  async function begin(stateDirectory?: string): Promise<void> {
    closeRunnerChannel(KEY);
    channel = runnerChannel(KEY);
    events = [];
    channel.onEvents = (some) => events.push(...some);
    runtime = await StreamRuntime.create({
      registries: BUILT_IN_REGISTRIES,
      log: createLog({ '': 'silent' }),
      stateDirectory,
      checkpointIntervalMs: 50,
    });
  }

  afterEach(async () => {
    await runtime.close();
    closeRunnerChannel(KEY);
  });

  async function build(code: string, feed: object, runner: object = {}): Promise<void> {
    await runtime.addProcessor({
      type: 'SyntheticFeed',
      id: 'feed',
      config: { symbols: ['SIM:B', SYMBOL], start_timestamp_ms: 1_700_000_000_000, ...feed },
    });
    await runtime.addProcessor({
      type: 'SymbolRunner',
      id: 'runner',
      config: { key: KEY, runner_id: 'r', symbol: SYMBOL, strategy_name: 's', code, ...runner },
    });
    await runtime.connect(outputPort('feed', 'market'), inputPort('runner', 'market'), {
      delivery: 'lossless',
    });
    await runtime.start();
  }

  const count = (kind: RunnerEvent['kind']) => events.filter((event) => event.kind === kind).length;
  const stateOf = async (id: string) =>
    vocabulary.wordOf(vocabulary.PROCESSOR_STATES, (await runtime.getProcessor(id)).state);

  it('trades every tick of its symbol, tells it in order, and adds up', async () => {
    await begin();
    await build(
      example('ema_crossover'),
      { ticks: 2000, pace: 'fast', interval_ms: 60_000 },
      { parameters: { fast: 3, slow: 8 }, execution: { taker_fee_bps: 2 } },
    );
    await eventually(() => count('TickReceived') === 2000, 'every tick is told');
    const view = await channel.view();
    assert.equal(view.figures.ticksProcessed, 2000);
    assert.equal(view.windowLength, 100);
    const filled = events.filter((event) => event.kind === 'OrderFilled' && event.order.state === 'Filled');
    assert.equal(view.figures.ordersFilled, filled.length);
    assert.ok(count('OrderFilled') > 20);
    assert.equal(view.figures.stateTransitions, count('StateTransition'));
    assert.equal(moneyToNumber(view.equity), 100_000 + moneyToNumber(view.realizedPnl + view.unrealizedPnl));
    assert.equal(view.position !== undefined, view.state === 'InPosition');
    const fromFirstOrder = events.slice(events.findIndex(({ kind }) => kind === 'ActionExecuted') - 2);
    assert.deepEqual(
      fromFirstOrder.slice(0, 7).map(({ kind }) => kind),
      [
        'TickReceived',
        'StateTransition',
        'ActionExecuted',
        'OrderSubmitted',
        'OrderAccepted',
        'OrderFilled',
        'PositionOpened',
      ],
    );
    const history = await channel.history(3);
    assert.equal(history.length, 3);
    assert.equal(history.at(-1)?.price, view.lastTick?.price);
  });

  it('ends at its first error where it is told to, with its orders taken back', async () => {
    await begin();
    await build(
      `local ticks = 0
       function on_tick(tick, ctx)
         ticks = ticks + 1
         if ticks == 1 then ctx.buy { quantity = 1, limit = tick.price / 2 } end
         if ticks == 5 then error("enough") end
       end`,
      { pace: 'fast' },
      { stop_on_error: true },
    );
    await eventually(async () => (await stateOf('runner')) === 'failed', 'the runner failed');
    assert.equal(count('TickReceived'), 5);
    assert.deepEqual(
      events.slice(-2).map(({ kind }) => kind),
      ['RunnerFault', 'OrderCanceled'],
    );
    const { error } = await runtime.getProcessor('runner');
    assert.equal(error?.code, 'STRATEGY_FAILED');
    assert.match(error?.message ?? '', /line 5: runtime: .*enough/);
    const { figures } = await channel.view();
    assert.deepEqual([figures.errors, figures.ordersCanceled], [1, 1], 'it can still be looked at');
    assert.equal(await stateOf('feed'), 'running');
  });

  it('refuses code that does not load, with its line', async () => {
    await begin();
    await build('function on_tick(tick, ctx)\n  if then\nend', { pace: 'fast' });
    const { error } = await runtime.getProcessor('runner');
    assert.deepEqual([await stateOf('runner'), error?.code], ['failed', 'STRATEGY_INVALID']);
    assert.match(error?.message ?? '', /the strategy must load, syntax in line 2/);
  });

  it('does what the engine lets it do', async () => {
    await begin();
    await build('function on_tick(tick, ctx) ctx.buy(1) end', { interval_ms: 5, pace: 'timestamps' });
    await eventually(() => count('OrderFilled') > 2, 'it trades');
    channel.engine = { mode: 'halted', limits: {} };
    await eventually(() => count('OrderRejected') > 2, 'its orders are refused');
    const last = events.findLast((event) => event.kind === 'OrderRejected');
    assert.deepEqual([last?.reason, last?.refused], ['engine_halted', true]);
    const { figures } = await channel.view();
    assert.ok(figures.ordersRefused > 2 && figures.ordersRejected === 0);
  });

  it('goes on with its state after a restart of the runtime', async () => {
    const folder = inFolder('state');
    await begin(folder);
    const code = `strategy = { memory = { seen = 0 } }
      function on_start(ctx) ctx.log("started") end
      function on_tick(tick, ctx)
        ctx.memory.seen = ctx.memory.seen + 1
        ctx.set("seen", ctx.memory.seen)
        if ctx.memory.seen == 3 then ctx.buy(2) end
      end`;
    await build(code, { interval_ms: 5, pace: 'timestamps' });
    await eventually(() => count('TickReceived') > 10, 'it runs');
    await runtime.close();
    const seen = count('TickReceived');
    await begin(folder);
    await runtime.start();
    await eventually(() => count('TickReceived') > 3, 'it runs again');
    const view = await channel.view();
    assert.equal(view.context.seen, seen + count('TickReceived'));
    assert.equal(view.figures.ticksProcessed, view.context.seen);
    assert.equal(view.position?.side, 'Long');
    assert.equal(count('StrategyLogged'), 0, 'on_start is called once in the life of a run');
  });
});
