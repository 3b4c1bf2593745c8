import { StreamlibError } from '../../../runtime/errors.ts';
import { CsvMarketReader } from '../../feeds/csv-market-reader.ts';
import { SyntheticMarket } from '../../feeds/synthetic-market.ts';
import type { MarketTick } from '../../market/market-tick.ts';
import type { BacktestOrder } from './backtest-order.ts';

/** The ticks of an order's data, and how many rows were left out. */
export interface BacktestTicks {
  readonly ticks: readonly MarketTick[];
  readonly rowsSkipped: number;
}

/** Where made-up data begins: no clock is asked, so that the same order has the same ticks. 2024-01-01 UTC. */
const SYNTHETIC_START_MS = 1_704_067_200_000;

let kept: { readonly key: string; readonly data: Promise<BacktestTicks> } | undefined;

/**
 * Reads the data of an order into memory. That of the last order is kept, since the runs of a search all have the same.
 * Throws where the file cannot be read, or a row of it where broken ones are not skipped, with its line.
 */
export function ticksOf({ source, symbol, tickSize }: BacktestOrder): Promise<BacktestTicks> {
  const key = JSON.stringify([source, symbol, tickSize]);
  if (kept?.key !== key) kept = { key, data: read(source, symbol, tickSize) };
  return kept.data;
}

async function read(
  source: BacktestOrder['source'],
  symbol: string,
  tickSize: number,
): Promise<BacktestTicks> {
  if (source.kind === 'file') return await readFile(source, symbol);
  const { kind: _kind, ...market } = source;
  const feed = new SyntheticMarket({
    ...market,
    symbols: [symbol],
    startMs: SYNTHETIC_START_MS,
    jumpVolatility: 0.02,
    tickSize,
    spreadBps: 0,
  });
  const ticks: MarketTick[] = [];
  for (let some = await feed.read(); some !== undefined; some = await feed.read()) ticks.push(...some);
  return { ticks, rowsSkipped: 0 };
}

async function readFile(
  { path, columns, skips }: Extract<BacktestOrder['source'], { kind: 'file' }>,
  symbol: string,
): Promise<BacktestTicks> {
  const log = { warn: () => {} };
  const reader = new CsvMarketReader({
    path,
    symbol,
    columns,
    delimiter: ',',
    timestampUnit: 'iso',
    skips,
    log,
  });
  const ticks: MarketTick[] = [];
  try {
    await reader.open();
    for (let some = await reader.read(); some !== undefined; some = await reader.read()) ticks.push(...some);
  } catch (error) {
    throw StreamlibError.from(error);
  } finally {
    await reader.close();
  }
  return { ticks, rowsSkipped: reader.rowsSkipped };
}
