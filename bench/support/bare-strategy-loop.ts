import assert from 'node:assert/strict';
import { LuaMachine, type StrategyTick } from '../../server/trading/lua/index.ts';

const LUA_OK = 0;
const NUMBERS_PER_TICK = 3;

/** The least that a strategy can be run with: its own code in a loop of Lua, without host, limits, snapshot or errors. */
const LOOP_LUA = `
local strategy_code, capacity = ...
local G = setmetatable({}, { __index = _G })
load(strategy_code, "=strategy", "t", G)()
local declared = G.strategy
local params = {}
for name, parameter in pairs(declared.params) do params[name] = parameter.default end
local time, price, size, at = {}, {}, {}, 0
local emas, list, context, orders = {}, {}, {}, 0
local ctx = { params = params, memory = declared.memory, position = { quantity = 0 }, state = "Idle" }

function ctx.ema(n)
  local s = emas[n]
  if s == nil then
    s = { n = n, alpha = 2 / (n + 1), value = price[at], missing = n - 1 }
    emas[n] = s
    list[#list + 1] = s
  end
  if s.missing == 0 then return s.value end
end

function ctx.set(key, value) context[key] = value end
function ctx.transition(to) ctx.state = to end
function ctx.buy(order) orders = orders + 1 ctx.position.quantity = order.quantity end
function ctx.close() orders = orders + 1 ctx.position.quantity = 0 end

local on_tick, tick = G.on_tick, {}
return function(numbers, count)
  local from = 1
  for _ = 1, count do
    at = at % capacity + 1
    local price_ = numbers[from + 1]
    time[at], price[at], size[at] = numbers[from], price_, numbers[from + 2]
    for i = 1, #list do
      local s = list[i]
      s.value = s.value + s.alpha * (price_ - s.value)
      if s.missing > 0 then s.missing = s.missing - 1 end
    end
    tick.time_us, tick.price, tick.size = numbers[from], price_, numbers[from + 2]
    on_tick(tick, ctx)
    from = from + ${NUMBERS_PER_TICK}
  end
  return orders
end
`;

/** Runs the strategy over the ticks in a bare loop. Answers the milliseconds that it took and how many orders there were. */
export function runBareLoop(code: string, ticks: readonly StrategyTick[], windowSize: number) {
  const machine = new LuaMachine();
  const { lua } = machine;
  const owner = {
    allocate(block: number, _oldBytes: number, newBytes: number) {
      if (newBytes > 0) return lua.realloc(block, newBytes);
      lua.free(block);
      return 0;
    },
    instructionsCounted() {},
    errorRaised() {},
    workCharged() {},
  };
  const state = machine.openState(owner);
  lua.luaL_openlibs(state);
  lua.lua_settop(state, 0);
  const encoder = new TextEncoder();
  machine.withBytes(encoder.encode(LOOP_LUA), (pointer, sizeBytes) =>
    lua.luaL_loadbufferx(state, pointer, sizeBytes, machine.nameOf('=loop'), machine.nameOf('t')),
  );
  machine.withBytes(encoder.encode(code), (pointer, sizeBytes) =>
    lua.lua_pushlstring(state, pointer, sizeBytes),
  );
  lua.lua_pushnumber(state, windowSize);
  assert.equal(machine.call(owner, state, 2, 1, 0), LUA_OK);
  lua.lua_createtable(state, ticks.length * NUMBERS_PER_TICK, 0);
  let key = 0n;
  for (const { timeUs, price, size } of ticks) {
    for (const number of [timeUs, price, size]) {
      lua.lua_pushnumber(state, number);
      lua.lua_rawseti(state, -2, ++key);
    }
  }
  lua.lua_pushnumber(state, ticks.length);
  const startedMs = performance.now();
  assert.equal(machine.call(owner, state, 2, 1, 0), LUA_OK);
  const tookMs = performance.now() - startedMs;
  const orders = lua.lua_tonumberx(state, -1, 0);
  machine.closeState(owner, state);
  return { tookMs, orders };
}
