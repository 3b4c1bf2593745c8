-- Trades against exaggeration: buys far below the average, sells short far above it, and ends the position where the
-- price is back at the average. docs/strategies.md explains every call that is made here.

strategy = {
  description = "Buys below the lower Bollinger band, sells above the upper one, and closes at the middle.",
  params = {
    length = { default = 20, min = 2, max = 1000, description = "values of the average" },
    width = { default = 2, min = 0.1, max = 10, description = "distance of the bands in deviations" },
    quantity = { default = 0.01, min = 0, description = "units of a position" },
    stop_loss = { default = 0.02, min = 0, max = 1, description = "loss that ends a position, as a share of its price" },
  },
  -- States of its own: what it holds, and a rest after a loss.
  states = { "Waiting", "Long", "Short", "Resting" },
  transitions = {
    Waiting = { "Long", "Short" },
    Long = { "Waiting", "Resting" },
    Short = { "Waiting", "Resting" },
    Resting = { "Waiting" },
  },
  memory = { rest = 0 },
}

function on_start(ctx)
  ctx.log("bands of " .. ctx.params.length .. " values, " .. ctx.params.width .. " deviations wide")
end

-- Whether the open position has lost as much as it may.
local function has_lost(ctx)
  local position = ctx.position
  if position.quantity == 0 then return false end
  return position.unrealized_pnl < -ctx.params.stop_loss * position.entry_price * position.quantity
end

function on_tick(tick, ctx)
  local params, memory, price = ctx.params, ctx.memory, tick.price
  local middle, upper, lower = ctx.bollinger(params.length, params.width)
  if middle == nil then return end
  ctx.set("middle", middle)
  ctx.set("upper", upper)
  ctx.set("lower", lower)

  if ctx.state == "Resting" then
    memory.rest = memory.rest - 1
    if memory.rest <= 0 then ctx.transition("Waiting", "rested") end
  elseif ctx.state == "Waiting" then
    if price < lower then
      ctx.transition("Long", "below the lower band")
      ctx.buy { quantity = params.quantity, reason = "below the lower band" }
    elseif price > upper then
      ctx.transition("Short", "above the upper band")
      ctx.sell { quantity = params.quantity, reason = "above the upper band" }
    end
  elseif has_lost(ctx) then
    memory.rest = params.length
    ctx.transition("Resting", "stop loss")
    ctx.close("stop loss")
  elseif (ctx.state == "Long" and price >= middle) or (ctx.state == "Short" and price <= middle) then
    ctx.transition("Waiting", "back at the average")
    ctx.close("back at the average")
  end
end

function on_fill(fill, ctx)
  ctx.log(fill.side .. " " .. fill.quantity .. " at " .. fill.price)
end
