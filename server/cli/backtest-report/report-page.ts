import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { BacktestReport, EquityPoint, Trade } from '../../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import type { JsonObject } from '../../runtime/index.ts';
import { type Cell, escapeHtml, htmlTable, scriptJson } from './html.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { thinCurve } from './thin-curve.ts';

/** Points of a chart; more than there are columns on a screen shows nothing more. */
const MOST_POINTS = 6000;
/** Rows of the table of a search. */
const MOST_RUNS = 200;

/** What a report shows. */
export interface ReportContent {
  readonly strategy: string;
  readonly symbol: string;
  /** Those of the run that is shown. */
  readonly parameters: JsonObject;
  /** Whole. */
  readonly report: BacktestReport;
  /** Its figures by their names, as JSON. */
  readonly statistics: JsonObject;
  /** All runs of a search, the best first, and by which figure; empty for a single run. */
  readonly runs: readonly { readonly parameters: JsonObject; readonly statistics: JsonObject }[];
  readonly objective: string;
}

/** The chart library, as it lies in its package. */
export interface ChartLibrary {
  readonly script: string;
  readonly style: string;
}

/**
 * The report of a backtest as one HTML document that needs nothing else: figures, charts of equity, drawdown and price
 * with the trades on it, and the trades. The same content gives the same bytes.
 */
export function reportPage(content: ReportContent, library: ChartLibrary): string {
  const { strategy, symbol, parameters, report, statistics, runs, objective } = content;
  const points = thinCurve(report.equityCurve, MOST_POINTS);
  const title = `${strategy} on ${symbol}`;
  const thinned =
    points.length < report.equityCurve.length
      ? `<p class="note">Charts show ${points.length} of ${report.equityCurve.length} points: of each stretch its ends and its lowest and highest values.</p>`
      : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${library.style}${PAGE_STYLE}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p>${escapeHtml(subtitle(statistics, parameters))}</p></header>
<section><dl class="tiles">${tiles(statistics)}</dl></section>
<section><h2>Equity</h2><div class="chart" id="equity"></div></section>
<section><h2>Drawdown</h2><div class="chart" id="drawdown"></div></section>
<section><h2>Price and trades</h2><div class="chart" id="price"></div>${thinned}</section>
${runs.length > 1 ? `<section><h2>All runs, by ${escapeHtml(objective)}</h2>${runTable(content)}</section>` : ''}
<section><h2>Figures</h2>${figureTable(statistics)}</section>
<section><h2>Trades</h2>${tradeTable(report.trades)}</section>
<footer>Digest ${escapeHtml(report.digestSha256)}</footer>
<script type="application/json" id="data">${scriptJson(chartData(points, report.trades))}</script>
<script>${library.script}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function chartData(points: readonly EquityPoint[], trades: readonly Trade[]) {
  return {
    times: points.map(({ timestampMs: ms }) => Number(ms) / 1000),
    equity: points.map(({ equity }) => equity),
    drawdown: points.map(({ drawdownFraction }) => -drawdownFraction * 100),
    price: points.map(({ price }) => price),
    marks: trades.flatMap(({ side, entryTime, entryPrice, exitTime, exitPrice }) => [
      ...mark(entryTime, entryPrice, side === 'Long'),
      ...mark(exitTime, exitPrice, side !== 'Long'),
    ]),
  };
}

/** A purchase points up, a sale down. */
const mark = (time: Timestamp | undefined, price: number, up: boolean) =>
  time === undefined ? [] : [{ time: timestampMs(time) / 1000, price, up }];

function subtitle({ start_time, end_time, ticks_processed }: JsonObject, parameters: JsonObject): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name} = ${value}`);
  const period = [start_time, end_time].filter((time) => time !== undefined).join(' to ');
  return [period, `${ticks_processed ?? 0} ticks`, ...given].filter((part) => part !== '').join(' · ');
}

const TILES: readonly (readonly [name: string, title: string])[] = [
  ['final_equity', 'Final equity'],
  ['total_return_fraction', 'Return'],
  ['buy_and_hold_return_fraction', 'Buy and hold'],
  ['max_drawdown_fraction', 'Largest drawdown'],
  ['sharpe_ratio', 'Sharpe'],
  ['sortino_ratio', 'Sortino'],
  ['win_rate_fraction', 'Win rate'],
  ['trade_count', 'Trades'],
  ['fees_paid', 'Fees'],
];

const tiles = (statistics: JsonObject): string =>
  TILES.map(
    ([name, title]) =>
      `<div><dt>${title}</dt><dd data-figure="${name}">${escapeHtml(figureText(name, statistics[name]))}</dd></div>`,
  ).join('');

const figureTable = (statistics: JsonObject): string =>
  htmlTable(
    ['Figure', 'Value'],
    Object.entries(statistics).map(([name, value]): Cell[] => [name, { number: figureText(name, value) }]),
  );

function runTable({ runs, objective }: ReportContent): string {
  const names = Object.keys(runs[0]?.parameters ?? {});
  const figures = [...new Set([objective, 'total_return_fraction', 'max_drawdown_fraction', 'trade_count'])];
  const rows = runs
    .slice(0, MOST_RUNS)
    .map(({ parameters, statistics }): Cell[] => [
      ...names.map((name) => ({ number: String(parameters[name]) })),
      ...figures.map((figure) => ({ number: figureText(figure, statistics[figure]) })),
    ]);
  const rest = runs.length > MOST_RUNS ? `<p class="note">and ${runs.length - MOST_RUNS} more</p>` : '';
  return htmlTable([...names, ...figures], rows) + rest;
}

const tradeTable = (trades: readonly Trade[]): string =>
  htmlTable(
    ['Side', 'Quantity', 'Entry', 'Price', 'Exit', 'Price', 'P&L', 'Return', 'Reasons'],
    trades.map((trade): Cell[] => [
      trade.side,
      { number: String(trade.quantity) },
      timeText(trade.entryTime),
      { number: trade.entryPrice.toFixed(2) },
      timeText(trade.exitTime),
      { number: trade.exitPrice.toFixed(2) },
      { number: trade.realizedPnl.toFixed(2), sign: Math.sign(trade.realizedPnl) },
      { number: percent(trade.returnFraction), sign: Math.sign(trade.returnFraction) },
      [trade.entryReason, trade.exitReason].filter((reason) => reason !== '').join(' / '),
    ]),
  );

const timeText = (time: Timestamp | undefined): string =>
  time === undefined ? 'open' : new Date(timestampMs(time)).toISOString().replace('.000Z', 'Z');

/** What cannot be computed is a dash. */
function figureText(name: string, value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (typeof value !== 'number') return String(value);
  if (name.endsWith('_fraction')) return percent(value);
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}

const percent = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;
