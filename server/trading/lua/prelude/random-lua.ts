/** `math.random` from a state of one integer (SplitMix64), which a snapshot can hold. Not for secrets. */
export const RANDOM_LUA = `
local engine = ...
local fail, floor, select, to_integer, type = engine.fail, math.floor, select, math.tointeger, type
local state = 0

local function draw()
  state = state + 0x9E3779B97F4A7C15
  local bits = state
  bits = (bits ~ (bits >> 30)) * 0xBF58476D1CE4E5B9
  bits = (bits ~ (bits >> 27)) * 0x94D049BB133111EB
  return bits ~ (bits >> 31)
end

-- From 0 to below 1, with 53 bits.
local function fraction()
  return (draw() >> 11) * 0x1p-53
end

function engine.math.random(...)
  local count = select("#", ...)
  if count == 0 then return fraction() end
  local low, high = 1, ...
  if count > 1 then low, high = ... end
  low, high = to_integer(low), to_integer(high)
  if not low or not high or high < low or high - low < 0 or high - low > 0x1p52 then
    fail("runtime", "math.random takes whole numbers of which the second is not below the first")
  end
  return low + floor(fraction() * (high - low + 1))
end

function engine.seed(value) state = value end
function engine.random_state() return state end
`;
