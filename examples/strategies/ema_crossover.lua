-- Follows the trend: holds a long position while a fast average of the price is above a slow one.
-- docs/strategies.md explains every call that is made here.

strategy = {
  description = "Buys when the fast average crosses above the slow one, and closes when it crosses below.",
  params = {
    fast = { default = 12, min = 1, max = 1000, description = "values of the fast average" },
    slow = { default = 26, min = 2, max = 1000, description = "values of the slow average" },
    quantity = { default = 0.01, min = 0, description = "units to buy" },
  },
  -- What has to outlast a restart. "unknown" until both averages are there.
  memory = { trend = "unknown" },
}

function on_tick(tick, ctx)
  local params, memory = ctx.params, ctx.memory
  local fast, slow = ctx.ema(params.fast), ctx.ema(params.slow)
  if slow == nil or fast == nil then return end
  ctx.set("fast", fast)
  ctx.set("slow", slow)

  local trend = fast > slow and "up" or "down"
  if trend == memory.trend then return end
  local is_first = memory.trend == "unknown"
  memory.trend = trend

  -- The first trend has begun before there were averages: it is no crossing.
  if is_first then
    ctx.transition("Analyzing", "both averages are there")
    return
  end
  if trend == "up" and ctx.position.quantity == 0 then
    ctx.transition("InPosition", "fast crossed above slow")
    ctx.buy { quantity = params.quantity, reason = "fast crossed above slow" }
  elseif trend == "down" and ctx.position.quantity > 0 then
    ctx.transition("Analyzing", "fast crossed below slow")
    ctx.close("fast crossed below slow")
  end
end
