/**
 * The `ctx` of the callbacks. What a callback asks for is noted as an effect and carried out by the host afterwards; the
 * orders, transitions and log lines of a callback that fails are taken back.
 */
export const CONTEXT_LUA = String.raw`
-- Context

local MOST_EFFECTS, LONGEST_TEXT, DEEPEST = 1000, 1024, 16

ctx.symbol = engine.symbol
ctx.time_us = 0
-- Always there, so that a strategy asks ctx.position.quantity without a check.
local position = { side = "Flat", quantity = 0.0, entry_price = 0.0, unrealized_pnl = 0.0, realized_pnl = 0.0 }
local account = { cash = 0.0, equity = 0.0 }
ctx.position, ctx.account = position, account

local effects, effect_count, ordered = {}, 0, false
engine.effects = effects
local context, order_count = {}, 0
local current

local function text_of(value, what)
  if value == nil then return "" end
  if type(value) ~= "string" then fail("action", what .. " must be a text, was " .. show(value)) end
  return sub(value, 1, LONGEST_TEXT)
end

local function note(effect)
  if effect_count >= MOST_EFFECTS then fail("action", "more than " .. MOST_EFFECTS .. " effects in one call") end
  effect_count = effect_count + 1
  effect.input = progress[1]
  effects[effect_count] = effect
end

-- States

local states, transitions = {}, {}

local function declare_states(names, allowed)
  states, transitions = {}, {}
  for _, name in next, names do states[name], transitions[name] = true, {} end
  for from, targets in next, allowed do
    for _, to in next, targets do transitions[from][to] = true end
  end
  if current == nil then current = names[1] end
  ctx.state = current
end

function ctx.transition(to, reason)
  if to == current then return end
  if not states[to] then
    fail("transition", "from " .. current .. " to " .. tostring(to) .. ": the strategy declares no such state")
  end
  if not transitions[current][to] then
    fail("transition", "from " .. current .. " to " .. to .. ": the strategy declares no such transition")
  end
  note { kind = "transition", from = current, to = to, reason = text_of(reason, "transition: the reason") }
  current = to
  ctx.state = to
end

-- Context and log

local function copied(value, path, depth)
  local kind = type(value)
  if kind == "string" or kind == "boolean" then return value end
  if kind == "number" then
    if value ~= value or value == huge or value == -huge then
      fail("context", path .. " must be a finite number, was " .. show(value))
    end
    return value
  end
  if kind ~= "table" or raw_metatable(value) ~= nil then
    fail("context", path .. " must be a number, text, boolean or plain table, was a " .. kind)
  end
  if depth > DEEPEST then fail("context", path .. " must be nested at most " .. DEEPEST .. " deep") end
  local copy = {}
  for key, entry in next, value do
    local kind_of_key = type(key)
    if kind_of_key ~= "string" and kind_of_key ~= "number" then
      fail("context", path .. " must have texts or numbers as keys, had a " .. kind_of_key)
    end
    copy[key] = copied(entry, path .. "." .. tostring(key), depth + 1)
  end
  return copy
end

local function set_carefully(key, value)
  if type(key) ~= "string" then fail("context", "set: the key must be a text, was " .. show(key)) end
  if value ~= nil then value = copied(value, "set: " .. key, 1) end
  context[key] = value
end

function ctx.set(key, value)
  -- What is there has a key that is a text, and a number less itself is 0 unless it is not finite.
  if context[key] == nil or type(value) ~= "number" or value - value ~= 0 then return set_carefully(key, value) end
  context[key] = value
end

function ctx.get(key)
  local value = context[key]
  if type(value) == "table" then return copied(value, "get", 1) end
  return value
end

local LEVELS = { debug = true, info = true, warning = true, error = true }

function ctx.log(message, level)
  level = level or "info"
  if not LEVELS[level] then
    fail("action", "log: the level must be debug, info, warning or error, was " .. tostring(level))
  end
  note { kind = "log", level = level, message = sub(tostring(message), 1, LONGEST_TEXT) }
end

function print(...)
  local texts = table.pack(...)
  for i = 1, texts.n do texts[i] = tostring(texts[i]) end
  ctx.log(table.concat(texts, "\t", 1, texts.n))
end

-- Actions

local FIELDS = {
  buy = { quantity = true, limit = true, stop = true, reason = true },
  sell = { quantity = true, limit = true, stop = true, reason = true },
  close = { quantity = true, reason = true },
  cancel = { order = true, reason = true },
}

local function positive(value, what)
  if type(value) ~= "number" or not (value > 0 and value < huge) then
    fail("action", what .. " must be a finite number above 0, was " .. show(value))
  end
  return value + 0.0
end

local function order(kind, wish)
  if type(wish) ~= "table" then fail("action", kind .. ": takes a table of named values, was " .. tostring(wish)) end
  for name in next, wish do
    if not FIELDS[kind][name] and name ~= "action" then
      fail("action", kind .. ": has no " .. tostring(name))
    end
  end
  local quantity, limit, stop = rawget(wish, "quantity"), rawget(wish, "limit"), rawget(wish, "stop")
  if quantity ~= nil or kind == "buy" or kind == "sell" then positive(quantity, kind .. ": quantity") end
  if limit ~= nil then positive(limit, kind .. ": limit") end
  if stop ~= nil then positive(stop, kind .. ": stop") end
  local target = rawget(wish, "order")
  if target ~= nil and type(target) ~= "string" then
    fail("action", kind .. ": order must be what buy, sell or close answered, was " .. tostring(target))
  end
  local effect = {
    kind = kind, quantity = quantity, limit = limit, stop = stop, target = target,
    reason = text_of(rawget(wish, "reason"), kind .. ": reason"),
  }
  if kind ~= "cancel" then
    order_count = order_count + 1
    effect.ref = "o" .. order_count
  end
  note(effect)
  ordered = true
  return effect.ref
end

function ctx.buy(wish) return order("buy", type(wish) == "number" and { quantity = wish } or wish) end
function ctx.sell(wish) return order("sell", type(wish) == "number" and { quantity = wish } or wish) end
function ctx.close(wish)
  return order("close", (type(wish) == "string" or wish == nil) and { reason = wish } or wish)
end
function ctx.cancel(wish)
  return order("cancel", (type(wish) == "string" or wish == nil) and { order = wish } or wish)
end

-- What a callback answers: nothing, or one action as a table.
local function act(answer)
  if type(answer) ~= "table" then fail("action", "a callback answers nothing or an action, was " .. tostring(answer)) end
  local kind = rawget(answer, "action")
  if type(kind) ~= "string" or not FIELDS[kind] then
    fail("action", "unknown action " .. tostring(kind) .. ": must be buy, sell, close or cancel")
  end
  order(kind, answer)
end

setmetatable(ctx, {
  __metatable = false,
  __index = function(_, name)
    fail("context", "ctx has no " .. tostring(name) .. ": actions are buy, sell, close and cancel")
  end,
})

-- For the host

local held, entry_price = 0.0, 0.0

-- Takes back what the call of that input has asked for, and answers how many effects are left.
function engine.rollback(input)
  while effect_count > 0 and effects[effect_count].input >= input do
    local effect = effects[effect_count]
    if effect.kind == "transition" then current = effect.from end
    if effect.ref then order_count = order_count - 1 end
    effects[effect_count] = nil
    effect_count = effect_count - 1
  end
  ctx.state = current
  return effect_count
end

local function clear_effects()
  for i = effect_count, 1, -1 do effects[i] = nil end
  effect_count, ordered = 0, false
end

local given = { "Flat", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0 }

-- Raw, for the tables are in the hands of the strategy, and this is called without limits.
local function set_account(side, quantity, price, unrealized_pnl, realized_pnl, cash, equity)
  given = { side, quantity, price, unrealized_pnl, realized_pnl, cash, equity }
  rawset(position, "side", side)
  rawset(position, "quantity", quantity)
  rawset(position, "entry_price", price)
  rawset(position, "unrealized_pnl", unrealized_pnl)
  rawset(position, "realized_pnl", realized_pnl)
  rawset(account, "cash", cash)
  rawset(account, "equity", equity)
  held, entry_price = side == "Short" and -quantity or quantity, price
end
engine.set_account = set_account

function engine.save_view()
  return { state = current, context = context }
end

local function save_context()
  local unrealized_pnl = rawget(position, "unrealized_pnl")
  if type(unrealized_pnl) == "number" then given[4] = unrealized_pnl end
  return {
    state = current, context = context, memory = rawget(ctx, "memory"), order_count = order_count,
    time_us = rawget(ctx, "time_us"), account = given,
  }
end

local function restore_context(saved)
  if not states[saved.state] then
    fail("snapshot", "the strategy has no state " .. saved.state .. ", in which its run was")
  end
  current, context, order_count = saved.state, saved.context, saved.order_count
  ctx.state, ctx.time_us = current, saved.time_us
  local memory = rawget(ctx, "memory")
  for key, value in next, saved.memory do memory[key] = value end
  local a = saved.account
  set_account(a[1], a[2], a[3], a[4], a[5], a[6], a[7])
end
`;
