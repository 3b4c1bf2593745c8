import assert from 'node:assert/strict';
import type { LuaErrorCode } from '../../../server/trading/lua/lua-error.ts';
import { LuaMachine } from '../../../server/trading/lua/lua-machine.ts';
import { StrategyVm } from '../../../server/trading/lua/strategy-vm.ts';

interface Attack {
  readonly name: string;
  /** The body of on_tick. */
  readonly code: string;
  readonly want: LuaErrorCode;
  readonly says?: RegExp;
  readonly grantPatterns?: boolean;
  /** Where a block that moves is refused, none is known; default 3. */
  readonly line?: number;
}

const BUDGET = /^more than 200000 instructions in one call$/;
const MEMORY = /^more than 2097152 bytes of memory$/;
const STRING = /a string of more than 65536 bytes$/;
const EMPTY = 'setmetatable({}, {__index = function() return "" end})';

const ATTACKS: readonly Attack[] = [
  { name: 'a loop', code: 'while true do end', want: 'budget', says: BUDGET },
  { name: 'a loop of goto', code: '::again:: goto again', want: 'budget', says: BUDGET },
  {
    name: 'a loop of pcall',
    code: 'while true do pcall(function() while true do end end) end',
    want: 'budget',
  },
  { name: 'pcall in pcall', code: 'local function f() pcall(f) f() end f()', want: 'budget' },
  {
    name: 'an error handler that loops',
    code: 'while true do xpcall(function() while true do end end, function() while true do end end) end',
    want: 'budget',
  },
  {
    name: 'a variable that loops when it is closed',
    code: 'local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end',
    want: 'budget',
  },
  { name: 'an iterator that loops', code: 'for _ in function() return 1 end do end', want: 'budget' },
  {
    name: 'a comparator that loops',
    code: 'table.sort({2, 1}, function() while true do end end)',
    want: 'budget',
  },
  {
    name: 'a metamethod that loops',
    code: 'local t = setmetatable({}, {__add = function() while true do end end}) return t + t',
    want: 'budget',
  },
  {
    name: 'a text form that loops',
    code: 'tostring(setmetatable({}, {__tostring = function() while true do end end}))',
    want: 'budget',
  },
  {
    name: 'a repetition of nothing',
    code: 'while true do string.rep("", math.maxinteger) end',
    want: 'budget',
  },
  { name: 'a move of nothing', code: 'table.move({}, 1, 2^53, 2)', want: 'budget' },
  { name: 'a concatenation of nothing', code: `table.concat(${EMPTY}, "", 1, 2^53)`, want: 'budget' },
  {
    name: 'an insertion far from the end',
    code: 'table.insert(setmetatable({}, {__len = function() return 2^53 end}), 1, 1)',
    want: 'runtime',
    says: /__len/,
  },
  {
    name: 'a removal far from the end',
    code: 'table.remove(setmetatable({}, {__len = function() return 2^53 end, __metatable = 1}), 1)',
    want: 'runtime',
    says: /__len/,
  },
  {
    name: 'a sort of what says it is long',
    code: 'table.sort(setmetatable({}, {__len = function() return 2^30 end}), rawequal)',
    want: 'runtime',
    says: /__len/,
  },
  {
    name: 'sorting over and over',
    code: 'local t = {} for i = 1, 5000 do t[i] = i end while true do table.sort(t) end',
    want: 'budget',
  },
  {
    name: 'searching over and over',
    code: 'local s, p = ("a"):rep(60000), ("a"):rep(30000) .. "b" while true do s:find(p, 1, true) end',
    want: 'budget',
  },
  {
    name: 'an indexer without end',
    code: 'local t t = setmetatable({}, {__index = function(_, k) return t[k + 1] end}) return t[1]',
    want: 'runtime',
    says: /C stack overflow/,
  },
  {
    name: 'a chain of indexers',
    code: 'local t = {} setmetatable(t, {__index = t}) setmetatable(t, {__index = setmetatable({}, {__index = t})}) return t.x',
    want: 'runtime',
    says: /loop/,
  },
  {
    name: 'a comparator that is none',
    code: 'local t = {} for i = 1, 100 do t[i] = i % 7 end table.sort(t, function() return true end)',
    want: 'runtime',
    says: /invalid order function/,
  },
  {
    name: 'a table that grows',
    code: 'local t = {} while true do t[#t + 1] = {} end',
    want: 'memory',
    says: MEMORY,
    line: 0,
  },
  {
    name: 'a string that doubles',
    code: 'local s = "x" while true do s = s .. s end',
    want: 'memory',
    says: STRING,
  },
  {
    name: 'many long strings',
    code: 'local t = {} for i = 1, 1000 do t[i] = ("x"):rep(60000) .. i end',
    want: 'memory',
    says: MEMORY,
  },
  { name: 'a long repetition', code: 'local x = ("x"):rep(1e9)', want: 'memory', says: STRING },
  {
    name: 'a repetition of a long separator',
    code: 'local x = ("x"):rep(1000, ("y"):rep(1000))',
    want: 'memory',
    says: STRING,
  },
  {
    name: 'a long concatenation',
    code: 'local t = {} for i = 1, 100 do t[i] = ("x"):rep(1000) end local x = table.concat(t)',
    want: 'memory',
    says: STRING,
  },
  {
    name: 'a recursion without end',
    code: 'local function f() return 1 + f() end f()',
    want: 'memory',
    says: MEMORY,
    line: 0,
  },
  {
    name: 'a pcall that goes on without memory',
    code: 'local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end',
    want: 'budget',
  },
  {
    name: 'a huge width',
    code: 'local x = ("%1000000d"):format(1)',
    want: 'runtime',
    says: /invalid conversion/,
  },
  {
    name: 'a huge precision',
    code: 'local x = ("%.1000000f"):format(1)',
    want: 'runtime',
    says: /invalid conversion/,
  },
  {
    name: 'too many results',
    code: 'local x = table.unpack({}, 1, 1e8)',
    want: 'runtime',
    says: /more than 250 values/,
  },
  {
    name: 'too many bytes',
    code: 'local x = ("x"):rep(10000):byte(1, -1)',
    want: 'runtime',
    says: /more than 250 bytes/,
  },
  {
    name: 'an error that is a table',
    code: 'error({})',
    want: 'runtime',
    says: /^the error was a table, not a text$/,
  },
  {
    name: 'an error whose text form loops',
    code: 'error(setmetatable({}, {__tostring = function() while true do end end}))',
    want: 'runtime',
    says: /a table, not a text/,
  },
  {
    name: 'an error that is nil',
    code: 'error(nil)',
    want: 'runtime',
    says: /^the error was nil, not a text$/,
  },
  {
    name: 'a finalizer',
    code: 'setmetatable({}, {__gc = function() while true do end end})',
    want: 'runtime',
    says: /no __gc/,
  },
  { name: 'a weak table', code: 'setmetatable({}, {__mode = "k"})', want: 'runtime', says: /no __mode/ },
  {
    name: 'the metatable of strings',
    code: 'getmetatable("").__index = {}',
    want: 'runtime',
    says: /index a boolean/,
  },
  {
    name: 'the address of a table',
    code: 'local x = string.format("%p", {})',
    want: 'runtime',
    says: /%p is not available/,
  },
  {
    name: 'a pattern',
    code: 'local x = ("a"):match("a*")',
    want: 'removed_global',
    says: /^string\.match is not available/,
  },
  {
    name: 'a search by pattern',
    code: 'local x = ("a"):find("a*")',
    want: 'removed_global',
    says: /plain = true/,
  },
  {
    name: 'a pattern that loops back',
    code: 'local x = ("a"):rep(200):find(("a?"):rep(200) .. ("a"):rep(200), 1, 1 > 2)',
    want: 'removed_global',
  },
  {
    name: 'a callback of a granted pattern that loops',
    code: 'local x = ("abc"):gsub("%w", function() while true do end end)',
    want: 'budget',
    grantPatterns: true,
  },
  ...[
    'io',
    'os',
    'package',
    'require',
    'load',
    'loadstring',
    'loadfile',
    'dofile',
    'debug',
    'collectgarbage',
    'coroutine',
    'utf8',
    'warn',
  ].map((name) => ({
    name: `the removed ${name}`,
    code: `local x = ${name}.x`,
    want: 'removed_global' as const,
    says: new RegExp(`^${name} is not available to strategies: `),
  })),
  ...['dump', 'pack', 'unpack', 'gmatch', 'gsub'].map((name) => ({
    name: `the removed string.${name}`,
    code: `local x = string.${name}("")`,
    want: 'removed_global' as const,
    says: new RegExp(`^string\\.${name} is not available`),
  })),
  { name: 'the removed math.randomseed', code: 'math.randomseed(1)', want: 'removed_global', says: /seed/ },
  {
    name: 'a global that is not there',
    code: 'local x = nothing.x',
    want: 'runtime',
    says: /index a nil value \(global 'nothing'\)/,
  },
];

const LIMITS = { memoryCapBytes: 2_097_152, instructionBudget: 200_000, deadlineMs: 10_000 };
const TICK = { timeUs: 1, price: 100, size: 1 };

describe('LuaSandbox', () => {
  for (const { name, code, want, says = /./, grantPatterns = false, line = 3 } of ATTACKS) {
    it(`survives ${name}`, function () {
      this.timeout(10_000);
      const onTick = `function on_tick(tick)\n  if tick.price == 1 then return end\n  ${code}\nend`;
      using vm = new StrategyVm({ code: onTick, ...LIMITS, grantPatterns });
      const usedBytes = vm.usedBytes;
      const { error, consumed } = vm.onTick(TICK);
      assert.equal(error?.code, want, error?.message);
      assert.match(error?.message ?? '', says);
      assert.equal(consumed, 1);
      assert.equal(error?.line, line);
      assert.deepEqual(vm.onTick({ ...TICK, price: 1 }), { consumed: 1, effects: [] });
      assert.equal(vm.isDead, false);
      assert.ok(vm.usedBytes < usedBytes + LIMITS.memoryCapBytes, `uses ${vm.usedBytes} bytes`);
    });
  }

  it('ends by the clock what the budget does not', () => {
    let nowUs = 0;
    const clock = { nowUs: () => (nowUs += 400_000) };
    using vm = new StrategyVm({ code: 'function on_tick() while true do end end', deadlineMs: 1000, clock });
    const { error } = vm.onTick(TICK);
    assert.equal(error?.code, 'deadline');
    assert.equal(error?.message, 'more than 1000 ms in one call');
  });

  it('counts the instructions of each tick of a batch apart', () => {
    const code = 'function on_tick(tick) for i = 1, tick.size do end end';
    using vm = new StrategyVm({ code, ...LIMITS });
    const long = Array.from({ length: 8 }, () => ({ ...TICK, size: 150_000 }));
    assert.deepEqual(vm.onTicks(long), { consumed: 8, effects: [] });
    const { consumed, error } = vm.onTicks([...long, { ...TICK, size: 250_000 }, ...long]);
    assert.equal(consumed, 9);
    assert.equal(error?.code, 'budget');
  });

  it('gives all memory back', () => {
    const machine = new LuaMachine();
    const code = 'local t = {} function on_tick() for i = 1, 1000 do t[#t + 1] = { i } end end';
    const run = () => {
      using vm = new StrategyVm({ code, machine });
      for (let i = 0; i < 20; i++) vm.onTick(TICK);
      return vm;
    };
    for (let i = 0; i < 3; i++) run();
    const sizeBytes = machine.lua.memory.buffer.byteLength;
    for (let i = 0; i < 30; i++) assert.equal(run().usedBytes, 0);
    assert.equal(machine.lua.memory.buffer.byteLength, sizeBytes);
  });

  it('keeps states apart', () => {
    using first = new StrategyVm({
      code: 'x = 1 string.len = nil function on_tick(_, ctx) ctx.set("x", x) end',
    });
    using second = new StrategyVm({ code: 'function on_tick(_, ctx) ctx.set("x", x or ("ab"):len()) end' });
    first.onTick(TICK);
    second.onTick(TICK);
    assert.deepEqual(first.view().context, { x: 1 });
    assert.deepEqual(second.view().context, { x: 2 });
  });

  it('is dead, with all of its machine, once something other than a Lua error has left Lua', () => {
    const machine = new LuaMachine();
    let isFaulty = false;
    const clock = {
      nowUs: () => {
        if (isFaulty) throw new Error('out of time');
        return 1;
      },
    };
    const code = 'function on_tick() for i = 1, 10000 do end end';
    using vm = new StrategyVm({ code, machine, clock });
    using neighbour = new StrategyVm({ code, machine });
    isFaulty = true;
    assert.equal(vm.onTick(TICK).error?.code, 'dead');
    assert.equal(vm.isDead, true);
    assert.equal(vm.onTick(TICK).error?.code, 'dead');
    assert.equal(neighbour.onTick(TICK).error?.code, 'dead');
    assert.equal(neighbour.isDead, true);
    using next = new StrategyVm({ code });
    assert.deepEqual(next.onTick(TICK), { consumed: 1, effects: [] });
  });

  it('refuses calls once it is closed', () => {
    const vm = new StrategyVm({ code: 'function on_tick() end' });
    vm[Symbol.dispose]();
    vm[Symbol.dispose]();
    assert.equal(vm.onTick(TICK).error?.code, 'dead');
    assert.equal(vm.start().error?.code, 'dead');
    assert.throws(() => vm.snapshot(), { code: 'dead' });
  });

  for (const { name, options, want } of [
    {
      name: 'memory',
      options: { memoryCapBytes: 1000 },
      want: /memoryCapBytes must be at least 524288, was 1000/,
    },
    {
      name: 'a budget',
      options: { instructionBudget: Number.NaN },
      want: /instructionBudget must be at least 10000, was NaN/,
    },
    { name: 'a deadline', options: { deadlineMs: 0 }, want: /deadlineMs must be at least 1, was 0/ },
  ]) {
    it(`refuses ${name} that it could not work with`, () => {
      assert.throws(() => new StrategyVm({ code: '', ...options }), { name: 'RangeError', message: want });
    });
  }
});
