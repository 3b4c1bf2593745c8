const NO_OUTSIDE = 'it has no files, processes or modules';
const NO_CODE = 'code comes from its own text only';
const NO_BYTES = 'strategies handle no binary data';
const NO_PATTERNS = 'no budget interrupts patterns; they are granted to trusted strategies';

/** What Lua has and a strategy has not, and why. */
export const REMOVED_GLOBALS: Readonly<Record<string, string>> = {
  io: NO_OUTSIDE,
  os: `${NO_OUTSIDE}, and ctx.time_us is its clock`,
  package: NO_OUTSIDE,
  require: NO_OUTSIDE,
  load: NO_CODE,
  loadstring: NO_CODE,
  loadfile: NO_CODE,
  dofile: NO_CODE,
  debug: 'it would lead out of the sandbox',
  collectgarbage: "memory is the engine's business",
  coroutine: 'it could not be kept over a restart',
  utf8: NO_BYTES,
  warn: 'ctx.log is the log',
};

/** The functions of `string` that only a strategy with a grant has. */
export const PATTERN_FUNCTIONS: Readonly<Record<string, string>> = {
  match: NO_PATTERNS,
  gmatch: NO_PATTERNS,
  gsub: NO_PATTERNS,
};

/** The functions of `string` that no strategy has. */
export const REMOVED_STRING_FUNCTIONS: Readonly<Record<string, string>> = {
  dump: NO_BYTES,
  pack: NO_BYTES,
  unpack: NO_BYTES,
  packsize: NO_BYTES,
};

/**
 * Takes out of the libraries what is not for strategies. What stays and can loop in C, where no hook interrupts it,
 * is charged for: so many instructions as take as long. Order and randomness are the same in each run.
 */
export const LIBRARY_LUA = `
local engine = ...
local charge, patterns_granted = engine.charge, engine.patterns_granted
local G, raw_metatable = _G, debug.getmetatable
local error, getmetatable, pcall, rawget, rawlen, select, setmetatable, tostring, tonumber, type =
  error, getmetatable, pcall, rawget, rawlen, select, setmetatable, tostring, tonumber, type
local next, ceil, floor, huge, log = next, math.ceil, math.floor, math.huge, math.log
local lib_string, lib_table, lib_math = string, table, math

-- What is shorter costs no more than the instructions around it.
local FREE = 64
local LONGEST_STRING, MOST_RESULTS = 65536, 250

function engine.fail(code, message)
  local progress = engine.progress
  progress[2], progress[3] = code, message
  error(message, 0)
end
local fail = engine.fail

-- C writes -nan for some of them.
function engine.show(value)
  return value ~= value and "nan" or tostring(value)
end
engine.next, engine.raw_metatable = next, raw_metatable

-- Absent names raise an error that says why they are absent.
local function closed(library, prefix, removed)
  return setmetatable(library, {
    __metatable = false,
    __index = function(_, name)
      local why = removed[name]
      if why then fail("removed_global", prefix .. name .. " is not available to strategies: " .. why) end
    end,
  })
end

local function span(first, last)
  return (tonumber(last) or 0) - (tonumber(first) or 0) + 1
end

local function charge_above(count)
  if count > FREE then charge(count) end
end

-- string

local string = {}
for _, name in next, { "byte", "char", "len", "sub" } do string[name] = lib_string[name] end

local lib_byte, lib_find, lib_format, lib_rep = lib_string.byte, lib_string.find, lib_string.format, lib_string.rep

function string.byte(s, first, last)
  first = first or 1
  last = last or first
  local size = #tostring(s)
  if size > MOST_RESULTS then
    local from, to = tonumber(first) or 0, tonumber(last) or 0
    if from < 0 then from = size + from + 1 end
    if to < 0 then to = size + to + 1 end
    if span(from, to) > MOST_RESULTS then
      fail("runtime", "string.byte: more than " .. MOST_RESULTS .. " bytes at once")
    end
  end
  return lib_byte(s, first, last)
end

for _, name in next, { "lower", "upper", "reverse" } do
  local convert = lib_string[name]
  string[name] = function(s)
    charge_above(#tostring(s) / 4)
    return convert(s)
  end
end

function string.rep(s, count, separator)
  local unit = #tostring(s) + (separator and #tostring(separator) or 0)
  if unit == 0 then return "" end
  if type(count) == "number" and unit * count > LONGEST_STRING then
    fail("memory", "string.rep: a string of more than " .. LONGEST_STRING .. " bytes")
  end
  return lib_rep(s, count, separator or "")
end

-- An address differs in each run.
local function nameless(value)
  local kind = type(value)
  if kind ~= "table" and kind ~= "function" then return value end
  local metatable = raw_metatable(value)
  if metatable and (rawget(metatable, "__tostring") or rawget(metatable, "__name")) then return value end
  return kind
end

function string.format(format, ...)
  if lib_find(format, "%%[-+ #0-9.]*p") then fail("runtime", "string.format: %p is not available to strategies") end
  local count = select("#", ...)
  if count == 0 then return lib_format(format) end
  if count == 1 then return lib_format(format, nameless((...))) end
  local values = { ... }
  for i = 1, count do values[i] = nameless(values[i]) end
  return lib_format(format, lib_table.unpack(values, 1, count))
end

if patterns_granted then
  for _, name in next, { "find", "match", "gmatch", "gsub" } do string[name] = lib_string[name] end
else
  function string.find(s, text, first, plain)
    if not plain then fail("removed_global", "string.find needs plain = true: " .. engine.removed_from_string.match) end
    charge_above(#tostring(s) * #tostring(text) / 16)
    return lib_find(s, text, first, true)
  end
end

closed(string, "string.", engine.removed_from_string)
local of_strings = raw_metatable("")
of_strings.__index = string
of_strings.__metatable = false

-- table

local table = { pack = lib_table.pack }
local lib_concat, lib_insert, lib_move, lib_remove, lib_sort, lib_unpack =
  lib_table.concat, lib_table.insert, lib_table.move, lib_table.remove, lib_table.sort, lib_table.unpack

-- The raw length; C would ask __len, and loop as often as that says.
local function length(list, name)
  if type(list) ~= "table" then error("bad argument #1 to '" .. name .. "' (table expected)", 3) end
  local metatable = raw_metatable(list)
  if metatable and rawget(metatable, "__len") ~= nil then
    error("table." .. name .. " takes no table with __len", 3)
  end
  return rawlen(list)
end

function table.concat(list, separator, first, last)
  local count = length(list, "concat")
  first, last = first or 1, last or count
  charge_above(span(first, last) * (1 + (separator and #tostring(separator) or 0) / FREE))
  return lib_concat(list, separator, first, last)
end

function table.insert(list, ...)
  local count = length(list, "insert")
  if select("#", ...) == 2 then charge_above(count - (tonumber((...)) or 0)) end
  return lib_insert(list, ...)
end

function table.remove(list, ...)
  local count = length(list, "remove")
  if select("#", ...) > 0 then charge_above(count - (tonumber((...)) or 0)) end
  return lib_remove(list, ...)
end

function table.move(from, first, last, at, to)
  length(from, "move")
  if to ~= nil then length(to, "move") end
  charge_above(span(first, last))
  return lib_move(from, first, last, at, to)
end

function table.sort(list, before)
  local count = length(list, "sort")
  if count > 16 then charge(count * log(count, 2)) end
  return lib_sort(list, before)
end

function table.unpack(list, first, last)
  first, last = first or 1, last or length(list, "unpack")
  if span(first, last) > MOST_RESULTS then
    fail("runtime", "table.unpack: more than " .. MOST_RESULTS .. " values at once")
  end
  return lib_unpack(list, first, last)
end

-- base

local RANK = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local kind_a, kind_b = type(a), type(b)
  if kind_a ~= kind_b then return (RANK[kind_a] or 4) < (RANK[kind_b] or 4) end
  if kind_a == "number" or kind_a == "string" then return a < b end
  return kind_a == "boolean" and b and not a
end

local function sorted_keys(list)
  local keys, count, kind, mixed = {}, 0, nil, false
  for key in next, list do
    count = count + 1
    keys[count] = key
    local kind_of_key = type(key)
    mixed = mixed or (kind or kind_of_key) ~= kind_of_key
    kind = kind_of_key
  end
  if count > 16 then charge(count * log(count, 2)) end
  if mixed or kind == "boolean" then lib_sort(keys, before)
  elseif kind == "number" or kind == "string" then lib_sort(keys) end
  return keys, count
end
engine.sorted_keys = sorted_keys

-- Hashes order keys by where a table has been; here numbers come first, then texts.
local function ordered_pairs(list)
  local metatable = raw_metatable(list)
  local own = metatable and rawget(metatable, "__pairs")
  if own then return own(list) end
  if type(list) ~= "table" then
    error("bad argument #1 to 'pairs' (table expected, was " .. type(list) .. ")", 2)
  end
  local keys, count = sorted_keys(list)
  local at = 0
  return function()
    while at < count do
      at = at + 1
      local key = keys[at]
      local value = list[key]
      if value ~= nil then return key, value end
    end
  end, list, nil
end

local function ordered_next(list, key)
  if type(list) ~= "table" then error("bad argument #1 to 'next' (table expected)", 2) end
  local best
  for candidate in next, list do
    if (key == nil or before(key, candidate)) and (best == nil or before(candidate, best)) then best = candidate end
  end
  return best, best ~= nil and list[best] or nil
end

local function guarded_setmetatable(list, metatable)
  if type(metatable) == "table" then
    if rawget(metatable, "__gc") ~= nil then error("a metatable of a strategy has no __gc: no budget interrupts it", 2) end
    if rawget(metatable, "__mode") ~= nil then error("a metatable of a strategy has no __mode: runs would differ", 2) end
  end
  return setmetatable(list, metatable)
end

-- Lua's own runs the handler where no hook interrupts it.
local function handled(handler, ok, ...)
  if ok then return true, ... end
  return false, handler(...)
end

local math = {}
for name, value in next, lib_math do math[name] = value end
math.random, math.randomseed = nil, nil
closed(math, "math.", { randomseed = "the runner's config has the seed" })

local kept = {
  _VERSION = _VERSION, assert = assert, error = error, getmetatable = getmetatable, ipairs = ipairs,
  math = math, next = ordered_next, pairs = ordered_pairs, pcall = pcall, rawequal = rawequal, rawget = rawget,
  rawlen = rawlen, rawset = rawset, select = select, setmetatable = guarded_setmetatable, string = string,
  table = table, type = type,
  tostring = function(value) return tostring(nameless(value)) end,
  tonumber = function(value, ...)
    if type(value) == "string" then charge_above(#value) end
    return tonumber(value, ...)
  end,
  xpcall = function(run, handler, ...) return handled(handler, pcall(run, ...)) end,
}
for name in next, G do G[name] = nil end
for name, value in next, kept do G[name] = value end
G._G = G

closed(G, "", engine.removed)
engine.math = math
`;
