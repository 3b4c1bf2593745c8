// node scripts/run.mjs node scripts/market-sample.ts [FILE]: makes examples/data/btcusdt-1m.csv.gz, five days of
// one-minute bars that are made up: the market of seed 7. A test holds the file to this.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { SyntheticMarket } from '../server/trading/feeds/synthetic-market.ts';
import type { MarketTick } from '../server/trading/market/market-tick.ts';

const BARS = 5 * 24 * 60;
const TICKS_PER_BAR = 12;
const START_MS = Date.UTC(2026, 0, 5);

/** The text of the sample. The time of a bar is its end. */
export async function marketSample(): Promise<string> {
  const market = new SyntheticMarket({
    symbols: ['BTCUSDT'],
    seed: 7,
    startMs: START_MS,
    intervalMs: 60_000 / TICKS_PER_BAR,
    ticks: BARS * TICKS_PER_BAR,
    initialPrice: 50_000,
    annualDrift: 0,
    annualVolatility: 0.8,
    jumpsPerYear: 400,
    jumpVolatility: 0.004,
    tickSize: 0.5,
    spreadBps: 0,
  });
  const lines = ['timestamp,open,high,low,close,volume'];
  let bar: MarketTick[] = [];
  for (let ticks = await market.read(); ticks !== undefined; ticks = await market.read()) {
    for (const tick of ticks) {
      bar.push(tick);
      if (bar.length < TICKS_PER_BAR) continue;
      lines.push(lineOf(bar, START_MS + lines.length * 60_000));
      bar = [];
    }
  }
  return `${lines.join('\n')}\n`;
}

function lineOf(ticks: readonly MarketTick[], endMs: number): string {
  const prices = ticks.map(({ price }) => price);
  const volume = ticks.reduce((sum, { size }) => sum + size, 0);
  const cells = [prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1), volume.toFixed(3)];
  return [new Date(endMs).toISOString(), ...cells].join(',');
}

if (import.meta.main) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const path = process.argv[2] ?? join(root, 'examples/data/btcusdt-1m.csv.gz');
  writeFileSync(path, gzipSync(await marketSample(), { level: 9 }));
}
