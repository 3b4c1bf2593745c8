/**
 * The newest ticks or bars in columns: rings, so that a tick costs one write per column. It is the first part of a chunk
 * whose parts share their locals: a call per part and tick would cost as much as what the parts do.
 */
export const WINDOW_LUA = `
local engine = ...
local fail, next, show, raw_metatable, sorted_keys =
  engine.fail, engine.next, engine.show, engine.raw_metatable, engine.sorted_keys
local abs, huge, sqrt, sub = math.abs, math.huge, math.sqrt, string.sub
local G, rawget, rawset, setmetatable, tostring, type = _G, rawget, rawset, setmetatable, tostring, type
local ctx, progress = engine.ctx, engine.progress

-- Window

local capacity = engine.window_size
local has_bars = false
local time, column_price, column_size, column_bid, column_ask = {}, {}, {}, {}, {}
-- A tick has one price. A bar has four, and then these are rings of their own.
local open, high, low = column_price, column_price, column_price
local at, count = 0, 0

local columns = {
  time_us = time, price = column_price, size = column_size, bid = column_bid, ask = column_ask,
  open = open, high = high, low = low,
}
local KEPT_OF_TICKS = { "time_us", "price", "size", "bid", "ask" }
local KEPT_OF_BARS = { "time_us", "price", "size", "open", "high", "low" }

local function window_takes_bars()
  has_bars = true
  open, high, low = {}, {}, {}
  columns.open, columns.high, columns.low = open, high, low
end

local window = { capacity = capacity, count = 0 }

local function push_bar(time_us, open_, high_, low_, close, volume)
  local slot = at + 1
  if slot > capacity then slot = 1 end
  at = slot
  time[slot], column_price[slot], column_size[slot] = time_us, close, volume
  open[slot], high[slot], low[slot] = open_, high_, low_
  if count < capacity then
    count = slot
    window.count = slot
  end
end

-- ago is 0 for the newest.
local function slot_of(ago)
  local slot = at - ago
  return slot > 0 and slot or slot + capacity
end

local function check_ago(ago, name)
  if type(ago) ~= "number" or ago < 0 or ago % 1 ~= 0 then
    fail("context", "window." .. name .. ": must be how many ticks ago, 0 or more, was " .. show(ago))
  end
end

for name in next, columns do
  window[name] = function(ago)
    ago = ago or 0
    if ago == 0 then
      return columns[name][at] or nil
    end
    check_ago(ago, name)
    if ago >= count then return nil end
    return columns[name][slot_of(ago)] or nil
  end
end

-- The newest length entries of a column, the oldest first, as a list of the strategy's own.
local function column_of(name, length)
  local column = columns[name]
  if column == nil then fail("context", "window.column: no column " .. tostring(name)) end
  length = length or count
  check_ago(length, "column")
  if length > count then length = count end
  local list = {}
  for ago = length - 1, 0, -1 do list[length - ago] = column[slot_of(ago)] or false end
  return list
end
window.column = column_of

local function extreme(column_name, is_better)
  return function(length)
    length = length or count
    check_ago(length, column_name)
    if length > count or length == 0 then return nil end
    local column = columns[column_name]
    local best = column[at]
    for ago = 1, length - 1 do
      local value = column[slot_of(ago)]
      if is_better(value, best) then best = value end
    end
    return best
  end
end
window.highest = extreme("high", function(a, b) return a > b end)
window.lowest = extreme("low", function(a, b) return a < b end)
ctx.window = window

-- Oldest first, to start an indicator with what is there.
local function replay(update, state)
  for ago = count - 1, 0, -1 do
    local slot = slot_of(ago)
    update(state, column_price[slot], high[slot], low[slot])
  end
end

local function save_window()
  local saved = { count = count, bars = has_bars }
  for _, name in next, has_bars and KEPT_OF_BARS or KEPT_OF_TICKS do saved[name] = column_of(name) end
  return saved
end

local function restore_window(saved)
  if saved.bars ~= has_bars then
    fail("snapshot", "the window is of " .. (saved.bars and "bars" or "ticks") .. ", and the strategy takes the other")
  end
  local skipped = saved.count > capacity and saved.count - capacity or 0
  count, at = saved.count - skipped, saved.count - skipped
  window.count = count
  for _, name in next, has_bars and KEPT_OF_BARS or KEPT_OF_TICKS do
    for i = 1, count do columns[name][i] = saved[name][i + skipped] or nil end
  end
end

engine.save_window = save_window
`;
