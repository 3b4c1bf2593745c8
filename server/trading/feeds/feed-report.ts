import type { JsonObject } from '../../runtime/json.ts';
import type { TickMonitor } from '../market/tick-monitor.ts';

/** The totals of these symbols in their order, with their newest ticks, as the data of a `FeedReport` event. */
export function feedReport(monitor: TickMonitor, symbols: Iterable<string>): JsonObject {
  return { symbols: [...symbols].sort().map((symbol) => symbolReport(monitor, symbol)) };
}

function symbolReport(monitor: TickMonitor, symbol: string): JsonObject {
  const { ticks, gaps, outOfOrder, duplicates, invalid } = monitor.counts(symbol);
  const report: JsonObject = {
    symbol,
    ticks,
    gaps,
    ticks_out_of_order: outOfOrder,
    ticks_duplicate: duplicates,
    ticks_invalid: invalid,
  };
  const last = monitor.last(symbol);
  if (last !== undefined) report.last_tick = { timestamp_ms: last.timestampMs, price: last.price };
  return report;
}
