/**
 * The indicators: each begins where it is first asked for, with what the window holds, and takes one step per tick or
 * bar from then on, whether it is asked or not. They answer nil until they have seen as many values as they average.
 */
export const INDICATORS_LUA = `
-- Indicators

local LONGEST, MOST = 100000, 100

-- Weighted by powers of 1 - 2 / (n + 1); the first value is its first result.
local function new_ema(n)
  return { n = n, alpha = 2 / (n + 1), value = 0.0, missing = n }
end

local function update_ema(s, price)
  local missing = s.missing
  local value = s.value
  if missing > 0 then
    s.value = missing == s.n and price or value + s.alpha * (price - value)
    s.missing = missing - 1
    return
  end
  s.value = value + s.alpha * (price - value)
end

-- Sums of the last n values and of their squares, as distances from a pivot: prices lie close together and far from 0,
-- and their own squares would leave nothing of a small deviation. Each n values they are made anew.
local function new_moments(n)
  return { n = n, ring = {}, at = 0, missing = n, pivot = 0.0, sum = 0.0, squares = 0.0 }
end

local function update_moments(s, price)
  local n, ring = s.n, s.ring
  local at = s.at + 1
  if at > n then at = 1 end
  s.at = at
  local old = ring[at]
  ring[at] = price
  if s.missing > 0 then s.missing = s.missing - 1 end
  if at == 1 then
    s.pivot = price
    local sum, squares = 0.0, 0.0
    for i = 1, #ring do
      local distance = ring[i] - price
      sum, squares = sum + distance, squares + distance * distance
    end
    s.sum, s.squares = sum, squares
    return
  end
  local pivot = s.pivot
  local new_distance = price - pivot
  local sum, squares = s.sum + new_distance, s.squares + new_distance * new_distance
  if old then
    local old_distance = old - pivot
    sum, squares = sum - old_distance, squares - old_distance * old_distance
  end
  s.sum, s.squares = sum, squares
end

local function deviation(s)
  local mean_distance = s.sum / s.n
  local variance = s.squares / s.n - mean_distance * mean_distance
  return variance > 0 and sqrt(variance) or 0.0
end

-- Wilder's averages of rises and falls; the first is the mean of the first n.
local function new_rsi(n)
  return { n = n, last = false, missing = n, gain = 0.0, loss = 0.0 }
end

local function update_rsi(s, price)
  local last, n = s.last, s.n
  s.last = price
  if not last then return end
  local change = price - last
  local gain, loss = change > 0 and change or 0.0, change < 0 and -change or 0.0
  if s.missing > 0 then
    s.missing = s.missing - 1
    s.gain, s.loss = s.gain + gain / n, s.loss + loss / n
    return
  end
  s.gain, s.loss = s.gain + (gain - s.gain) / n, s.loss + (loss - s.loss) / n
end

local function new_macd(fast, slow, signal)
  return { fast = new_ema(fast), slow = new_ema(slow), signal = new_ema(signal), missing = slow + signal - 1 }
end

local function update_macd(s, price)
  local fast, slow = s.fast, s.slow
  update_ema(fast, price)
  update_ema(slow, price)
  update_ema(s.signal, fast.value - slow.value)
  if s.missing > 0 then s.missing = s.missing - 1 end
end

-- Wilder's average of the true range.
local function new_atr(n)
  return { n = n, last = false, missing = n, value = 0.0 }
end

local function update_atr(s, price, high, low)
  local last, n = s.last, s.n
  s.last = price
  local range = high - low
  if last then
    local up, down = abs(high - last), abs(low - last)
    if up > range then range = up end
    if down > range then range = down end
  end
  if s.missing > 0 then
    s.missing = s.missing - 1
    s.value = s.value + range / n
    return
  end
  s.value = s.value + (range - s.value) / n
end

local KINDS = {
  ema = { new = new_ema, update = update_ema },
  moments = { new = new_moments, update = update_moments },
  rsi = { new = new_rsi, update = update_rsi },
  macd = { new = new_macd, update = update_macd },
  atr = { new = new_atr, update = update_atr },
}

local entries, entry_count = {}, 0
-- EMAs apart, since they are many and a step of one is little more than a call.
local ema_states, ema_count, updates, other_states, other_count = {}, 0, {}, {}, 0
local emas, moments, rsis, macds, atrs = {}, {}, {}, {}, {}
local by_key = { ema = emas, moments = moments, rsi = rsis, macd = macds, atr = atrs }

local function add(kind, key, state, arguments)
  entry_count = entry_count + 1
  entries[entry_count] = { kind = kind, key = key, state = state }
  if kind == "ema" then
    ema_count = ema_count + 1
    ema_states[ema_count] = state
  else
    other_count = other_count + 1
    updates[other_count], other_states[other_count] = KINDS[kind].update, state
  end
  by_key[kind][key] = state
end

local function check_length(name, n)
  if type(n) ~= "number" or n < 1 or n > LONGEST or n % 1 ~= 0 then
    fail("indicator", name .. ": must be over a whole number of values from 1 to " .. LONGEST .. ", was " .. show(n))
  end
end

local function create(kind, name, key, ...)
  if entry_count >= MOST then fail("indicator", name .. ": a strategy has at most " .. MOST .. " indicators") end
  local state = KINDS[kind].new(...)
  add(kind, key, state)
  replay(KINDS[kind].update, state)
  return state
end

local function update_indicators(price, high, low)
  for i = 1, ema_count do
    local s = ema_states[i]
    if s.missing == 0 then
      local value = s.value
      s.value = value + s.alpha * (price - value)
    else
      update_ema(s, price)
    end
  end
  for i = 1, other_count do updates[i](other_states[i], price, high, low) end
end

local ctx = engine.ctx

function ctx.ema(n)
  local s = emas[n]
  if s == nil then
    check_length("ema", n)
    s = create("ema", "ema", n, n // 1 | 0)
  end
  if s.missing == 0 then return s.value end
end

local function moments_of(name, n)
  local s = moments[n]
  if s ~= nil then return s end
  check_length(name, n)
  return create("moments", name, n, n // 1 | 0)
end

function ctx.sma(n)
  local s = moments_of("sma", n)
  if s.missing == 0 then return s.pivot + s.sum / s.n end
end

-- Of the whole population, as Bollinger's bands take it.
function ctx.stddev(n)
  local s = moments_of("stddev", n)
  if s.missing == 0 then return deviation(s) end
end

-- Answers middle, upper, lower.
function ctx.bollinger(n, width)
  width = width or 2
  if type(width) ~= "number" or not (width > 0) then
    fail("indicator", "bollinger: the width must be a number above 0, was " .. show(width))
  end
  local s = moments_of("bollinger", n)
  if s.missing > 0 then return nil end
  local middle, half = s.pivot + s.sum / s.n, width * deviation(s)
  return middle, middle + half, middle - half
end

-- From 0 to 100; 50 where the price did not move.
function ctx.rsi(n)
  local s = rsis[n]
  if s == nil then
    check_length("rsi", n)
    s = create("rsi", "rsi", n, n // 1 | 0)
  end
  if s.missing > 0 then return nil end
  local moved = s.gain + s.loss
  return moved > 0 and 100 * s.gain / moved or 50.0
end

-- Answers macd, signal, histogram, as soon as there is a signal.
function ctx.macd(fast, slow, signal)
  fast, slow, signal = fast or 12, slow or 26, signal or 9
  check_length("macd", fast)
  check_length("macd", slow)
  check_length("macd", signal)
  local key = (fast * LONGEST + slow) * LONGEST + signal
  local s = macds[key] or create("macd", "macd", key, fast // 1 | 0, slow // 1 | 0, signal // 1 | 0)
  if s.missing > 0 then return nil end
  local macd = s.fast.value - s.slow.value
  return macd, s.signal.value, macd - s.signal.value
end

function ctx.atr(n)
  local s = atrs[n]
  if s == nil then
    check_length("atr", n)
    s = create("atr", "atr", n, n // 1 | 0)
  end
  if s.missing == 0 then return s.value end
end

local function restore_indicators(saved)
  for _, entry in next, saved do add(entry.kind, entry.key, entry.state) end
end
`;
