/** Reads what the strategy declares, and calls its callbacks. */
export const DRIVER_LUA = `
-- Driver

local STATES = { "Idle", "Analyzing", "InPosition" }
local TRANSITIONS = {
  Idle = { "Analyzing" }, Analyzing = { "Idle", "InPosition" }, InPosition = { "Idle", "Analyzing" },
}
local CALLBACKS = { "on_start", "on_tick", "on_bar", "on_fill", "on_stop" }
local KEYS = {
  description = "string", params = "table", states = "table", transitions = "table", memory = "table",
  series = "string",
}

local function misdeclared(path, rule, value)
  fail("declaration", "strategy." .. path .. " must be " .. rule .. ", was " .. show(value))
end

local function declared_states(declaration)
  local names, allowed = rawget(declaration, "states"), rawget(declaration, "transitions")
  if names == nil then
    if allowed ~= nil then misdeclared("states", "there with transitions", nil) end
    return STATES, TRANSITIONS
  end
  if #names == 0 then misdeclared("states", "a list of at least one state", "empty") end
  local known = {}
  for i, name in next, names do
    if type(name) ~= "string" or name == "" then misdeclared("states[" .. tostring(i) .. "]", "a text", name) end
    if known[name] then misdeclared("states", "without repetition", name) end
    known[name] = true
  end
  if type(allowed) ~= "table" then misdeclared("transitions", "a table of lists", allowed) end
  for from, targets in next, allowed do
    if not known[from] then misdeclared("transitions", "from declared states", from) end
    if type(targets) ~= "table" then misdeclared("transitions." .. from, "a list of states", targets) end
    for _, to in next, targets do
      if not known[to] then misdeclared("transitions." .. from, "a list of declared states", to) end
    end
  end
  return names, allowed
end

local function declared_parameter(name, given)
  if type(name) ~= "string" then misdeclared("params", "a table of named values", name) end
  local parameter = type(given) == "table" and given or { default = given }
  local default = rawget(parameter, "default")
  local kind = type(default)
  if kind ~= "number" and kind ~= "string" and kind ~= "boolean" then
    misdeclared("params." .. name, "a number, text or boolean, or a table with one as its default", default)
  end
  local min, max = rawget(parameter, "min"), rawget(parameter, "max")
  if min ~= nil and type(min) ~= "number" then misdeclared("params." .. name .. ".min", "a number", min) end
  if max ~= nil and type(max) ~= "number" then misdeclared("params." .. name .. ".max", "a number", max) end
  return {
    name = name, default = default, min = min, max = max, description = tostring(rawget(parameter, "description") or ""),
  }
end

local function check_parameter(parameter, value)
  local kind = type(parameter.default)
  local at_fault = "params." .. parameter.name
  if type(value) ~= kind then fail("parameter", at_fault .. " must be a " .. kind .. ", was " .. show(value)) end
  if kind ~= "number" then return end
  local min, max = parameter.min or -huge, parameter.max or huge
  if not (value >= min and value <= max) then
    fail("parameter", at_fault .. " must be from " .. min .. " to " .. max .. ", was " .. show(value))
  end
end

local callbacks = {}
local parameters = {}

-- Answers what the strategy declares.
function engine.declare()
  local declaration = rawget(G, "strategy") or {}
  if type(declaration) ~= "table" then fail("declaration", "strategy must be a table, was " .. tostring(declaration)) end
  for key, value in next, declaration do
    if not KEYS[key] then fail("declaration", "strategy has no " .. tostring(key)) end
    if type(value) ~= KEYS[key] then misdeclared(key, "a " .. KEYS[key], value) end
  end
  local present = {}
  for _, name in next, CALLBACKS do
    local callback = rawget(G, name)
    if callback ~= nil and type(callback) ~= "function" then
      fail("declaration", name .. " must be a function, was " .. tostring(callback))
    end
    callbacks[name] = callback
    if callback then present[#present + 1] = name end
  end
  local series = rawget(declaration, "series") or (callbacks.on_bar and not callbacks.on_tick and "bars" or "ticks")
  if series ~= "ticks" and series ~= "bars" then misdeclared("series", "ticks or bars", series) end
  if series == "bars" then window_takes_bars() end
  for _, name in next, (sorted_keys(rawget(declaration, "params") or {})) do
    parameters[#parameters + 1] = declared_parameter(name, declaration.params[name])
  end
  local states, transitions = declared_states(declaration)
  declare_states(states, transitions)
  ctx.memory = copied(rawget(declaration, "memory") or {}, "strategy.memory", 1)
  engine.series = series
  return {
    description = rawget(declaration, "description") or "", parameters = parameters, states = states,
    transitions = transitions, callbacks = present, series = series,
  }
end

-- Fills in the defaults.
function engine.configure(given)
  local known, params = {}, {}
  for _, parameter in next, parameters do
    known[parameter.name] = true
    params[parameter.name] = parameter.default
  end
  for name, value in next, given do
    if not known[name] then fail("parameter", "params." .. tostring(name) .. " is not declared by the strategy") end
    params[name] = value
  end
  for _, parameter in next, parameters do check_parameter(parameter, params[parameter.name]) end
  ctx.params = params
end

local tick, bar = { symbol = engine.symbol }, { symbol = engine.symbol }

-- Per input: time, price, size, bid, ask.
function engine.tick_driver()
  local on_tick = callbacks.on_tick
  local is_series = engine.series == "ticks"

  local function handle(time_us, price, size, bid, ask)
    ctx.time_us = time_us
    if held ~= 0 then position.unrealized_pnl = (price - entry_price) * held end
    if is_series then
      -- In place, for each call costs as much as a column; bars come seldom.
      local slot = at + 1
      if slot > capacity then slot = 1 end
      at = slot
      time[slot], column_price[slot], column_size[slot] = time_us, price, size
      column_bid[slot], column_ask[slot] = bid, ask
      if count < capacity then
        count = slot
        window.count = slot
      end
      for i = 1, ema_count do
        local s = ema_states[i]
        if s.missing == 0 then
          local value = s.value
          s.value = value + s.alpha * (price - value)
        else
          update_ema(s, price)
        end
      end
      for i = 1, other_count do updates[i](other_states[i], price, price, price) end
    end
    if on_tick then
      tick.time_us, tick.price, tick.size, tick.bid, tick.ask = time_us, price, size, bid, ask
      local answer = on_tick(tick, ctx)
      if answer ~= nil then act(answer) end
    end
  end

  local function one(time_us, price, size, bid, ask)
    if effect_count > 0 then clear_effects() end
    progress[1] = 1
    handle(time_us, price, size, bid, ask)
    return 1, effect_count
  end

  -- Ends after a call with an order, so that it can be carried out before the next tick.
  local function many(count, ...)
    local numbers = { ... }
    if effect_count > 0 then clear_effects() end
    local at = 1
    for i = 1, count do
      progress[1] = i
      handle(numbers[at], numbers[at + 1], numbers[at + 2], numbers[at + 3], numbers[at + 4])
      if ordered then return i, effect_count end
      at = at + 5
    end
    return count, effect_count
  end
  return one, many
end

-- time, open, high, low, close, volume. A strategy of ticks that has no on_bar takes a bar as a tick at its close.
function engine.bar_driver(handle_tick)
  local on_bar = callbacks.on_bar
  local is_series = engine.series == "bars"
  return function(time_us, open, high, low, close, volume)
    if on_bar == nil and not is_series then return handle_tick(time_us, close, volume) end
    if effect_count > 0 then clear_effects() end
    progress[1] = 1
    ctx.time_us = time_us
    if held ~= 0 then position.unrealized_pnl = (close - entry_price) * held end
    if is_series then
      push_bar(time_us, open, high, low, close, volume)
      update_indicators(close, high, low)
    end
    if on_bar then
      bar.time_us, bar.open, bar.high, bar.low, bar.close, bar.volume = time_us, open, high, low, close, volume
      local answer = on_bar(bar, ctx)
      if answer ~= nil then act(answer) end
    end
    return 1, effect_count
  end
end

-- on_start, on_fill and on_stop.
function engine.call_back(name, input)
  if effect_count > 0 then clear_effects() end
  progress[1] = 1
  local callback = callbacks[name]
  local answer
  if callback then
    if input then answer = callback(input, ctx) else answer = callback(ctx) end
  end
  if answer ~= nil then act(answer) end
  return 1, effect_count
end

function engine.save()
  return {
    run = save_context(), window = save_window(), indicators = entries,
    random = engine.random_state(),
  }
end

function engine.restore(saved)
  restore_context(saved.run)
  restore_window(saved.window)
  restore_indicators(saved.indicators)
  engine.seed(saved.random)
end
`;
