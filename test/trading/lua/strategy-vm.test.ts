import assert from 'node:assert/strict';
import type { JsonObject } from '../../../server/runtime/json.ts';
import type { LuaErrorCode } from '../../../server/trading/lua/lua-error.ts';
import type { StrategyEffect } from '../../../server/trading/lua/strategy-types.ts';
import { MOST_TICKS_PER_CALL, StrategyVm } from '../../../server/trading/lua/strategy-vm.ts';

const TICK = { timeUs: 1_000_000, price: 100, size: 2 };
const ticksAt = (...prices: number[]) => prices.map((price, i) => ({ timeUs: i + 1, price, size: 1 }));
const inTick = (body: string) => `function on_tick(tick, ctx)\n  ${body}\nend`;

/** What one tick leads to. */
function effectsOf(body: string): readonly StrategyEffect[] {
  using vm = new StrategyVm({ code: inTick(body), symbol: 'BTCUSDT' });
  const { effects, error } = vm.onTick({ ...TICK, bid: 99, ask: 101 });
  assert.equal(error, undefined);
  return effects;
}

const logged = (message: string) => [{ input: 0, kind: 'log', level: 'info', message }];

describe('StrategyVm', () => {
  it('answers what the strategy declares', () => {
    const code = `
      strategy = {
        description = "Waits.",
        params = { n = 3, wide = { default = true, description = "whether" }, x = { default = 0.5, min = 0, max = 1 } },
        states = { "Flat", "Armed" }, transitions = { Flat = { "Armed" }, Armed = {} }, memory = { a = { 1, 2 } },
      }
      function on_bar() end
      function on_fill() end`;
    using vm = new StrategyVm({ code });
    assert.deepEqual(vm.declaration, {
      description: 'Waits.',
      parameters: [
        { name: 'n', description: '', default: 3 },
        { name: 'wide', description: 'whether', default: true },
        { name: 'x', description: '', default: 0.5, min: 0, max: 1 },
      ],
      states: ['Flat', 'Armed'],
      transitions: { Flat: ['Armed'], Armed: [] },
      callbacks: ['on_bar', 'on_fill'],
      series: 'bars',
    });
    assert.deepEqual(vm.view(), { state: 'Flat', context: {} });
  });

  it('has the three usual states where none are declared', () => {
    using vm = new StrategyVm({ code: '' });
    assert.deepEqual(vm.declaration.states, ['Idle', 'Analyzing', 'InPosition']);
    assert.deepEqual(vm.declaration.callbacks, []);
    assert.deepEqual(vm.onTick(TICK), { consumed: 1, effects: [] });
  });

  for (const { name, body, want } of [
    { name: 'a tick', body: 'ctx.log(tick.symbol .. tick.time_us)', want: logged('BTCUSDT1000000.0') },
    {
      name: 'its price, size and quotes',
      body: 'ctx.log(tick.price + tick.size + tick.bid + tick.ask)',
      want: logged('302.0'),
    },
    { name: 'the time', body: 'ctx.log(ctx.time_us == tick.time_us)', want: logged('true') },
    { name: 'print as the log', body: 'print("a", 1, nil)', want: logged('a\t1\tnil') },
    {
      name: 'a level of the log',
      body: 'ctx.log("careful", "warning")',
      want: [{ input: 0, kind: 'log', level: 'warning', message: 'careful' }],
    },
    {
      name: 'an order',
      body: 'ctx.buy { quantity = 2, limit = 99.5, stop = 98, reason = "cheap" }',
      want: [{ input: 0, kind: 'buy', quantity: 2, limit: 99.5, stop: 98, reason: 'cheap', ref: 'o1' }],
    },
    {
      name: 'an order of a number',
      body: 'ctx.log(ctx.sell(0.5))',
      want: [{ input: 0, kind: 'sell', quantity: 0.5, reason: '', ref: 'o1' }, ...logged('o1')],
    },
    {
      name: 'the end of a position',
      body: 'ctx.close("enough")',
      want: [{ input: 0, kind: 'close', reason: 'enough', ref: 'o1' }],
    },
    {
      name: 'a cancellation of one',
      body: 'ctx.cancel { order = "o7", reason = "late" }',
      want: [{ input: 0, kind: 'cancel', target: 'o7', reason: 'late' }],
    },
    { name: 'a cancellation of all', body: 'ctx.cancel()', want: [{ input: 0, kind: 'cancel', reason: '' }] },
    {
      name: 'an action as an answer',
      body: 'return { action = "buy", quantity = 1 }',
      want: [{ input: 0, kind: 'buy', quantity: 1, reason: '', ref: 'o1' }],
    },
    {
      name: 'a transition',
      body: 'ctx.transition("Analyzing", "ready") ctx.log(ctx.state)',
      want: [
        { input: 0, kind: 'transition', from: 'Idle', to: 'Analyzing', reason: 'ready' },
        ...logged('Analyzing'),
      ],
    },
    { name: 'a transition to where it is', body: 'ctx.transition("Idle")', want: [] },
    { name: 'what a pcall caught', body: 'pcall(ctx.buy, -1) ctx.log("on")', want: logged('on') },
    {
      name: 'keys in order',
      body: 'local t = {} for k in pairs({ b = 1, a = 1, [3] = 1, [2] = 1, [true] = 1 }) do t[#t + 1] = tostring(k) end ctx.log(table.concat(t, " "))',
      want: logged('2 3 a b true'),
    },
    {
      name: 'the next key',
      body: 'ctx.log(next({ b = 1, a = 2 }) .. next({ b = 1, a = 2 }, "a") .. tostring(next({})))',
      want: logged('abnil'),
    },
    {
      name: 'tables without addresses',
      body: 'ctx.log(tostring({}) .. string.format("%s %d", print, 3))',
      want: logged('tablefunction 3'),
    },
    {
      name: 'handled errors',
      body: 'ctx.log(select(2, xpcall(error, function(e) return "was " .. e end, "bad")))',
      want: logged('was bad'),
    },
    {
      name: 'the text functions',
      body: 'ctx.log(("aBc"):upper() .. ("x"):rep(3, "-") .. ("abc"):reverse():sub(1, 2) .. ("a.b"):find(".", 1, true) .. ("abc"):byte(-1))',
      want: logged('ABCx-x-xcb299'),
    },
    {
      name: 'the table functions',
      body: 'local t = { 3, 1, 2 } table.sort(t) table.insert(t, 1, 0) table.remove(t) table.insert(t, 9) ctx.log(table.concat(t, ",") .. select("#", table.unpack(t)))',
      want: logged('0,1,2,94'),
    },
    {
      name: 'the window',
      body: 'ctx.log(ctx.window.count .. " " .. ctx.window.price() .. " " .. ctx.window.bid(0) .. tostring(ctx.window.price(1)))',
      want: logged('1 100.0 99.0nil'),
    },
  ]) {
    it(`gives a strategy ${name}`, () => assert.deepEqual(effectsOf(body), want));
  }

  it('holds the newest values of the window in columns', () => {
    const code = inTick(`ctx.set("list", ctx.window.column("price", 3)) ctx.set("before", ctx.window.price(2))
      ctx.set("highest", ctx.window.highest(3)) ctx.set("lowest", ctx.window.lowest()) ctx.set("count", ctx.window.count)`);
    using vm = new StrategyVm({ code, windowSize: 4 });
    vm.onTicks(ticksAt(1, 2, 3, 9, 5, 6));
    assert.deepEqual(vm.view().context, { list: [9, 5, 6], before: 9, highest: 9, lowest: 3, count: 4 });
    assert.deepEqual(vm.history(2), ticksAt(1, 2, 3, 9, 5, 6).slice(-2));
    assert.equal(vm.history(100).length, 4);
  });

  it('ends a batch at an order, and goes on where it ended', () => {
    using vm = new StrategyVm({ code: inTick('ctx.log(tick.price) if tick.price == 2 then ctx.buy(1) end') });
    const ticks = ticksAt(1, 2, 3);
    const first = vm.onTicks(ticks);
    assert.equal(first.consumed, 2);
    assert.deepEqual(
      first.effects.map(({ input, kind }) => [input, kind]),
      [
        [0, 'log'],
        [1, 'log'],
        [1, 'buy'],
      ],
    );
    assert.deepEqual(vm.onTicks(ticks, 2).effects, logged('3.0'));
    assert.deepEqual(vm.onTicks(ticks, 3), { consumed: 0, effects: [] });
  });

  it('takes at most so many ticks at once', () => {
    using vm = new StrategyVm({ code: inTick('') });
    assert.equal(vm.onTicks(Array.from({ length: 100 }, () => TICK)).consumed, MOST_TICKS_PER_CALL);
  });

  it('takes back what a callback that fails has asked for, and keeps what came before', () => {
    const code = inTick(`ctx.log(tick.price) ctx.set("last", tick.price)
      if tick.price == 2 then ctx.transition("Analyzing") ctx.buy(1) error("no") end`);
    using vm = new StrategyVm({ code });
    const { consumed, effects, error } = vm.onTicks(ticksAt(1, 2, 3));
    assert.equal(consumed, 2);
    assert.deepEqual(effects, logged('1.0'));
    assert.deepEqual([error?.code, error?.message, error?.line], ['runtime', 'no', 3]);
    assert.deepEqual(vm.view(), { state: 'Idle', context: { last: 2 } });
    assert.deepEqual(vm.onTicks(ticksAt(1, 2, 3), 2), { consumed: 1, effects: logged('3.0') });
    using next = new StrategyVm({ code: inTick('ctx.log(ctx.buy(1))') });
    assert.equal(next.onTick(TICK).effects[0]?.input, 0);
  });

  it('calls on_start, on_bar, on_fill and on_stop', () => {
    const code = `
      function on_start(ctx) ctx.log("start " .. ctx.params.n) end
      function on_bar(bar, ctx) ctx.log(bar.open .. bar.high .. bar.low .. bar.close .. bar.volume) end
      function on_fill(fill, ctx) ctx.log(fill.side .. fill.price .. fill.quantity .. fill.fee .. fill.order) end
      function on_stop(ctx) ctx.close("stop") end
      strategy = { params = { n = 1 } }`;
    using vm = new StrategyVm({ code, parameters: { n: 7 } });
    assert.deepEqual(vm.start().effects, logged('start 7'));
    assert.deepEqual(
      vm.onBar({ timeUs: 1, open: 2, high: 4, low: 1, close: 3, volume: 5 }).effects,
      logged('2.04.01.03.05.0'),
    );
    const fill = { timeUs: 1, side: 'Buy', price: 3, quantity: 1, fee: 0.5, orderRef: 'o1' } as const;
    assert.deepEqual(vm.onFill(fill).effects, logged('Buy3.01.00.5o1'));
    assert.deepEqual(vm.stop().effects, [{ input: 0, kind: 'close', reason: 'stop', ref: 'o1' }]);
  });

  it('takes a bar as a tick at its close where the strategy knows only ticks', () => {
    using vm = new StrategyVm({ code: inTick('ctx.log(tick.price) ctx.set("sma", ctx.sma(1))') });
    assert.deepEqual(
      vm.onBar({ timeUs: 1, open: 2, high: 4, low: 1, close: 3, volume: 5 }).effects,
      logged('3.0'),
    );
    assert.deepEqual(vm.view().context, { sma: 3 });
  });

  it('shows the position, and its profit at each tick', () => {
    const code = inTick(
      'local p = ctx.position ctx.set("p", { p.side, p.quantity, p.unrealized_pnl, ctx.account.equity })',
    );
    using vm = new StrategyVm({ code });
    vm.onTick(TICK);
    assert.deepEqual(vm.view().context, { p: ['Flat', 0, 0, 0] });
    vm.setAccount({
      side: 'Short',
      quantity: 2,
      entryPrice: 100,
      unrealizedPnl: 0,
      realizedPnl: 1,
      cash: 300,
      equity: 100,
    });
    vm.onTick({ ...TICK, price: 97 });
    assert.deepEqual(vm.view().context, { p: ['Short', 2, 6, 100] });
  });

  it('tells of the position whatever the strategy has made of its tables', () => {
    const code = inTick(`
      local loop = { __index = function() while true do end end, __newindex = function() while true do end end }
      for _, t in pairs({ ctx.position, ctx.account }) do
        for key in pairs(t) do t[key] = nil end
        setmetatable(t, loop)
      end
      ctx.time_us = nil
      ctx.memory.f = print`);
    using vm = new StrategyVm({ code });
    assert.equal(vm.onTick(TICK).error, undefined);
    const account = { side: 'Long', quantity: 2, entryPrice: 100, cash: 300, equity: 500 } as const;
    vm.setAccount({ ...account, unrealizedPnl: 0, realizedPnl: 1 });
    assert.deepEqual(vm.view(), { state: 'Idle', context: {} });
    assert.equal(vm.history(1).length, 1);
    assert.throws(() => vm.snapshot(), { code: 'snapshot' });
  });

  it('draws the same numbers from the same seed, spread evenly', () => {
    const code = inTick(
      'local n = math.random(3) ctx.set("n" .. n, (ctx.get("n" .. n) or 0) + 1) ctx.set("x", math.random())',
    );
    const run = (seed: bigint) => {
      using vm = new StrategyVm({ code, seed });
      for (let i = 0; i < 100; i++) vm.onTicks(Array.from({ length: 30 }, () => TICK));
      return vm.view().context;
    };
    const drawn = run(5n);
    assert.deepEqual(run(5n), drawn);
    assert.notDeepEqual(run(6n), drawn);
    for (const key of ['n1', 'n2', 'n3'])
      assert.ok(Math.abs(Number(drawn[key]) - 1000) < 120, `${key} ${drawn[key]}`);
  });

  for (const { body, code, want } of [
    {
      body: 'ctx.buy { quantity = 0/0 }',
      code: 'action',
      want: /^buy: quantity must be a finite number above 0, was nan$/,
    },
    { body: 'ctx.sell { quantity = -1 }', code: 'action', want: /^sell: quantity must be .*, was -1$/ },
    { body: 'ctx.buy {}', code: 'action', want: /^buy: quantity must be .*, was nil$/ },
    {
      body: 'ctx.buy { quantity = 1, limit = 0/0 }',
      code: 'action',
      want: /^buy: limit must be .*, was nan$/,
    },
    {
      body: 'ctx.buy { quantity = 1, stop = math.huge }',
      code: 'action',
      want: /^buy: stop must be .*, was inf$/,
    },
    { body: 'ctx.buy { quantity = 1, price = 3 }', code: 'action', want: /^buy: has no price$/ },
    { body: 'ctx.buy("all")', code: 'action', want: /^buy: takes a table of named values, was all$/ },
    { body: 'ctx.close { quantity = 0 }', code: 'action', want: /^close: quantity must be .*, was 0$/ },
    { body: 'ctx.cancel { order = 3 }', code: 'action', want: /^cancel: order must be what/ },
    {
      body: 'ctx.short(1)',
      code: 'context',
      want: /^ctx has no short: actions are buy, sell, close and cancel$/,
    },
    { body: 'return { action = "hold" }', code: 'action', want: /^unknown action hold: must be/ },
    { body: 'return "buy"', code: 'action', want: /^a callback answers nothing or an action, was buy$/ },
    {
      body: 'ctx.transition("InPosition")',
      code: 'transition',
      want: /^from Idle to InPosition: the strategy declares no such transition$/,
    },
    {
      body: 'ctx.transition("Nowhere")',
      code: 'transition',
      want: /^from Idle to Nowhere: the strategy declares no such state$/,
    },
    { body: 'ctx.set("x", 0/0)', code: 'context', want: /^set: x must be a finite number, was nan$/ },
    {
      body: 'ctx.set("x", print)',
      code: 'context',
      want: /^set: x must be a number, text, boolean or plain table, was a function$/,
    },
    { body: 'local t = {} t.t = t ctx.set("x", t)', code: 'context', want: /nested at most 16 deep$/ },
    { body: 'ctx.set(1, 1)', code: 'context', want: /^set: the key must be a text, was 1$/ },
    { body: 'ctx.log("x", "loud")', code: 'action', want: /^log: the level must be .*, was loud$/ },
    {
      body: 'for i = 1, 2000 do ctx.log(i) end',
      code: 'action',
      want: /^more than 1000 effects in one call$/,
    },
    {
      body: 'ctx.window.price(-1)',
      code: 'context',
      want: /^window.price: must be how many ticks ago, 0 or more, was -1$/,
    },
    { body: 'ctx.window.column("speed")', code: 'context', want: /^window.column: no column speed$/ },
    { body: 'math.random(2, 1)', code: 'runtime', want: /^math.random takes whole numbers/ },
  ] satisfies { body: string; code: LuaErrorCode; want: RegExp }[]) {
    it(`says what is wrong with ${body}`, () => {
      using vm = new StrategyVm({ code: inTick(body) });
      const { error, effects } = vm.onTick(TICK);
      assert.match(error?.message ?? '', want);
      assert.equal(error?.code, code);
      assert.deepEqual(effects, []);
    });
  }

  for (const { name, code, parameters = {}, want } of [
    {
      name: 'code that does not parse',
      code: 'x = 1\nfunction on_tick( end',
      want: { code: 'syntax', line: 2, message: /expected near 'end'$/ },
    },
    {
      name: 'code that fails as it loads',
      code: '\nerror("no")',
      want: { code: 'runtime', line: 2, message: /^no$/ },
    },
    {
      name: 'code that loads for ever',
      code: 'while true do end',
      want: { code: 'budget', line: 1, message: /^more than/ },
    },
    {
      name: 'code that makes too much as it loads',
      code: `x = { ${'{},'.repeat(250_000)} }`,
      want: { code: 'memory', line: 1, message: /^more than 8388608 bytes of memory$/ },
    },
    {
      name: 'code that is nested too deep',
      code: `x = ${'{'.repeat(5000)}`,
      want: { code: 'syntax', line: 0, message: /C stack overflow/ },
    },
    {
      name: 'bytes of another Lua',
      code: '\u001bLua',
      want: { code: 'syntax', line: 0, message: /binary chunk/ },
    },
    {
      name: 'a callback that is none',
      code: 'on_tick = 3',
      want: { code: 'declaration', line: 0, message: /^on_tick must be a function, was 3$/ },
    },
    {
      name: 'a declaration that is none',
      code: 'strategy = 3',
      want: { code: 'declaration', line: 0, message: /^strategy must be a table, was 3$/ },
    },
    {
      name: 'an unknown declaration',
      code: 'strategy = { colour = 1 }',
      want: { code: 'declaration', line: 0, message: /^strategy has no colour$/ },
    },
    {
      name: 'a transition to no state',
      code: 'strategy = { states = {"A"}, transitions = { A = {"B"} } }',
      want: { code: 'declaration', line: 0, message: /must be a list of declared states, was B$/ },
    },
    {
      name: 'a parameter without a default',
      code: 'strategy = { params = { n = {} } }',
      want: { code: 'declaration', line: 0, message: /^strategy\.params\.n must be .*, was nil$/ },
    },
    {
      name: 'an unknown parameter',
      code: '',
      parameters: { n: 1 },
      want: { code: 'parameter', line: 0, message: /^params\.n is not declared by the strategy$/ },
    },
    {
      name: 'a parameter out of range',
      code: 'strategy = { params = { n = { default = 1, max = 3 } } }',
      parameters: { n: 4 },
      want: { code: 'parameter', line: 0, message: /^params\.n must be from -inf to 3, was 4$/ },
    },
    {
      name: 'a parameter of another type',
      code: 'strategy = { params = { n = 1 } }',
      parameters: { n: 'x' },
      want: { code: 'parameter', line: 0, message: /^params\.n must be a number, was x$/ },
    },
  ]) {
    it(`refuses ${name}`, () =>
      assert.throws(() => new StrategyVm({ code, parameters: parameters as JsonObject }), want));
  }

  it('refuses code that takes too much memory to parse', () => {
    const code = `x = { ${Array.from({ length: 110_000 }, (_, i) => i + 0.5)} }`;
    assert.throws(() => new StrategyVm({ code, memoryCapBytes: 2_097_152 }), {
      code: 'memory',
      line: 0,
      message: /^more than 2097152 bytes of memory$/,
    });
  });

  it('refuses prices that are none, and windows', () => {
    using vm = new StrategyVm({ code: '' });
    assert.throws(() => vm.onTick({ ...TICK, price: Number.NaN }), {
      message: 'price must be a finite number above 0, was NaN',
    });
    assert.throws(() => vm.onTicks([TICK, { ...TICK, price: 0 }]), {
      message: 'ticks[1].price must be a finite number above 0, was 0',
    });
    assert.throws(() => vm.onBar({ timeUs: 1, open: 1, high: 1, low: -1, close: 1, volume: 1 }), {
      message: /^low must be/,
    });
    assert.throws(() => new StrategyVm({ code: '', windowSize: 0 }), {
      message: 'windowSize must be a whole number from 1 to 1000000, was 0',
    });
    assert.throws(() => new StrategyVm({ code: ' '.repeat(1_048_577) }), {
      message: /^code must be at most 1048576 bytes/,
    });
  });

  it('holds a strategy with a window of 100 in less than 300 KB', () => {
    using vm = new StrategyVm({ code: inTick('ctx.ema(12) ctx.ema(26) ctx.set("price", tick.price)') });
    for (let i = 0; i < 1000; i++) vm.onTick(TICK);
    assert.ok(vm.usedBytes < 300_000, `uses ${vm.usedBytes} bytes`);
  });
});
