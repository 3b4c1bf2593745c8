import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import {
  type BacktestReport,
  BacktestReportSchema,
  type BacktestStatistics,
  BacktestStatisticsSchema,
} from '../../gen/ts/streamlib/v1/backtest_report_pb.ts';
import { type JsonObject, nearestNames, PACKAGE_FOLDER } from '../runtime/index.ts';
import type { BacktestOrder } from '../trading/backtest/job/backtest-order.ts';
import { BacktestThreads } from '../trading/backtest/job/backtest-threads.ts';
import { gridCombinations, MOST_RUNS } from '../trading/backtest/job/search-combinations.ts';
import { symbolInFileName } from '../trading/backtest/job/symbol-in-file-name.ts';
import { DEFAULT_FEEDS } from '../trading/service/feed-offers.ts';
import { strategiesIn } from '../trading/strategies/strategy-files.ts';
import { parseParameter } from './backtest-parameters.ts';
import { writeReport } from './backtest-report/write-report.ts';
import {
  CLIENT_OPTIONS,
  type CliCommand,
  integer,
  type OptionValues,
  textOption,
  textOptions,
  UsageError,
} from './command.ts';
import { formatTable, messageJson, printReport } from './output.ts';

/** Rows of the table of a search. */
const MOST_ROWS = 20;
const FINEST_STEP = 1e-8;
const BAR_CELLS = 30;

interface Run {
  readonly parameters: JsonObject;
  readonly report: BacktestReport;
}

/** `streamlib backtest` */
export const backtestCommand: CliCommand = {
  name: 'backtest',
  operands: 'STRATEGY',
  operandCount: [1, 1],
  isLive: true,
  summary:
    'Runs a strategy (a .lua file or a built-in one) over recorded bars, or looks for its best parameters.',
  options: {
    data: { type: 'string', value: 'FILE', description: 'the bars or ticks, as CSV, also gzipped' },
    symbol: { type: 'string', value: 'SYMBOL', description: 'whose they are (default: how the file begins)' },
    param: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      description: 'fast=12, or what to try: fast=5..20:5, fast=5,8,13',
    },
    objective: {
      type: 'string',
      value: 'FIGURE',
      description: 'what makes a run of several better (default sharpe_ratio)',
    },
    'taker-fee-bps': { type: 'string', value: 'N', description: 'fee in basis points (default 0)' },
    'initial-cash': { type: 'string', value: 'N', description: 'cash to begin with (default 100000)' },
    window: {
      type: 'string',
      value: 'N',
      description: 'bars that the strategy can look back at (default 100)',
    },
    seed: { type: 'string', value: 'N', description: 'of the strategy’s random numbers (default 0)' },
    threads: { type: 'string', value: 'N', description: 'how many runs at once (default: the cores)' },
    report: {
      type: 'string',
      value: 'FILE.html',
      description: 'write a report with charts, of several runs that of the best',
    },
    output: CLIENT_OPTIONS.output,
  },
  async run({ operands, options }) {
    const [strategy = ''] = operands;
    const order = orderOf(strategy, options);
    const file = reportFile(options);
    const ranges = textOptions(options, 'param').map(parseParameter);
    const combinations = gridCombinations(ranges, MOST_RUNS);
    const objective = objectiveOf(options);
    const threads = numberOption(options, 'threads', 1, 1024) ?? availableParallelism();
    const isWhole = file !== undefined && combinations.length === 1;
    const runs = await runAll({ ...order, isWhole }, combinations, threads);
    const inOrder = runs.toSorted((a, b) => figure(b, objective) - figure(a, objective));
    const shown = inOrder.map(({ parameters, report }) => ({
      parameters,
      statistics: statisticsJson(report),
      digest_sha256: report.digestSha256,
    }));
    const [only] = inOrder;
    if (file !== undefined && only !== undefined) {
      const [whole] = isWhole ? [only] : await runAll({ ...order, isWhole: true }, [only.parameters], 1);
      writeReport(file, {
        strategy: basename(strategy, '.lua'),
        symbol: order.symbol,
        parameters: only.parameters,
        report: (whole as Run).report,
        statistics: statisticsJson(only.report),
        runs: inOrder.map(({ parameters, report }) => ({ parameters, statistics: statisticsJson(report) })),
        objective,
      });
    }
    if (only !== undefined && inOrder.length === 1)
      printReport(options, shown[0] as JsonObject, reportText(strategy, only));
    else printReport(options, { runs: shown } as JsonObject, searchText(inOrder, objective));
    return 0;
  },
};

async function runAll(
  order: BacktestOrder,
  combinations: readonly JsonObject[],
  threadCount: number,
): Promise<Run[]> {
  const threads = new BacktestThreads(threadCount);
  const progress = new ProgressBar(combinations.length);
  const { signal } = new AbortController();
  try {
    return await Promise.all(
      combinations.map(async (parameters) => {
        const bytes = await threads.run({ ...order, parameters }, signal, {
          onAdvance: ({ ticksProcessed, ticksTotal }) => progress.show(ticksProcessed / ticksTotal),
        });
        progress.finishOne();
        return { parameters, report: fromBinary(BacktestReportSchema, bytes) };
      }),
    );
  } finally {
    progress.clear();
    await threads.close();
  }
}

function orderOf(strategy: string, options: OptionValues): BacktestOrder {
  const path = textOption(options, 'data');
  if (path === undefined) throw new UsageError('--data must name a file');
  if (!existsSync(path))
    throw new UsageError(`--data must name a file that is there, was ${JSON.stringify(path)}`);
  const symbol = textOption(options, 'symbol') ?? symbolInFileName(path);
  if (symbol === undefined) throw new UsageError('--symbol must be given, since the file names none');
  const offer = DEFAULT_FEEDS.find(({ symbols }) => symbols.includes(symbol));
  const initialCash = numberOption(options, 'initial-cash', 0, 1e15);
  const takerFeeBps = numberOption(options, 'taker-fee-bps', -1000, 1000);
  return {
    code: codeOf(strategy),
    symbol,
    tickSize: offer?.tickSize ?? FINEST_STEP,
    lotSize: offer?.lotSize ?? FINEST_STEP,
    source: { kind: 'file', path, columns: {}, skips: false },
    startMs: undefined,
    endMs: undefined,
    parameters: {},
    seed: BigInt(integerOption(options, 'seed', 0, Number.MAX_SAFE_INTEGER) ?? 0),
    windowSize: integerOption(options, 'window', 1, 1_000_000) ?? 100,
    execution: {
      ...(initialCash !== undefined && { initialCash }),
      ...(takerFeeBps !== undefined && { takerFeeBps }),
    },
    limits: {},
    isWhole: false,
  };
}

/** The code of a file, or of a strategy that comes with streamlib. */
function codeOf(strategy: string): string {
  if (strategy.endsWith('.lua')) {
    if (existsSync(strategy)) return readFileSync(strategy, 'utf8');
    throw new UsageError(`STRATEGY must be a file that is there, was ${JSON.stringify(strategy)}`);
  }
  const builtIn = strategiesIn(join(PACKAGE_FOLDER, 'examples', 'strategies'), 'built_in');
  const found = builtIn.find(({ name }) => name === strategy);
  if (found !== undefined) return found.code;
  const names = builtIn.map(({ name }) => name);
  const near = nearestNames(strategy, names);
  throw new UsageError(
    `STRATEGY must be a .lua file or one of ${names.join(', ')}, was ${JSON.stringify(strategy)}${near.length > 0 ? `; near it is ${near[0]}` : ''}`,
  );
}

function reportFile(options: OptionValues): string | undefined {
  const file = textOption(options, 'report');
  if (file === undefined || existsSync(dirname(file))) return file;
  throw new UsageError(`--report must name a file in a folder that is there, was ${JSON.stringify(file)}`);
}

function objectiveOf(options: OptionValues): string {
  const name = textOption(options, 'objective') ?? 'sharpe_ratio';
  if (BacktestStatisticsSchema.fields.some((field) => field.name === name && field.fieldKind === 'scalar'))
    return name;
  throw new UsageError(
    `--objective must be a figure of a report, as sharpe_ratio, was ${JSON.stringify(name)}`,
  );
}

function numberOption(options: OptionValues, name: string, least: number, most: number): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new UsageError(`--${name} must be a number from ${least} to ${most}, was ${JSON.stringify(text)}`);
}

function integerOption(options: OptionValues, name: string, least: number, most: number): number | undefined {
  const text = textOption(options, name);
  return text === undefined ? undefined : integer(`--${name}`, text, least, most);
}

/** What cannot be computed is the worst. */
function figure({ report }: Run, objective: string): number {
  const value = statisticsJson(report)[objective];
  return value === undefined || value === null ? Number.NEGATIVE_INFINITY : Number(value);
}

const statisticsJson = ({ statistics }: BacktestReport): JsonObject =>
  messageJson(BacktestStatisticsSchema, statistics as BacktestStatistics);

function reportText(strategy: string, { parameters, report }: Run): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const rows = Object.entries(statisticsJson(report)).map(([name, value]) => [name, shownFigure(value)]);
  return [
    [basename(strategy, '.lua'), ...given].join(' '),
    formatTable([['FIGURE', 'VALUE'], ...rows]),
    `digest ${report.digestSha256}`,
  ].join('\n');
}

function searchText(runs: readonly Run[], objective: string): string {
  const names = Object.keys(runs[0]?.parameters ?? {});
  const figures = [objective, 'total_return_fraction', 'max_drawdown_fraction', 'trade_count', 'fees_paid'];
  const columns = [...new Set(figures)];
  const rows = runs.slice(0, MOST_ROWS).map(({ parameters, report }) => {
    const statistics = statisticsJson(report);
    return [
      ...names.map((name) => String(parameters[name])),
      ...columns.map((column) => shownFigure(statistics[column])),
    ];
  });
  const rest = runs.length > MOST_ROWS ? [`and ${runs.length - MOST_ROWS} more: -o json shows all`] : [];
  return [formatTable([[...names, ...columns].map((name) => name.toUpperCase()), ...rows]), ...rest].join(
    '\n',
  );
}

const shownFigure = (value: unknown): string =>
  typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(6) : String(value ?? '-');

/** How far runs are, on a terminal and nowhere else. */
class ProgressBar {
  readonly #total: number;
  #finished = 0;
  #isShown = false;

  constructor(total: number) {
    this.#total = total;
  }

  /** `fraction` is that of a run that is under way. */
  show(fraction: number): void {
    if (!process.stderr.isTTY) return;
    this.#isShown = true;
    const share = Math.min(1, (this.#finished + fraction) / this.#total);
    const cells = Math.round(share * BAR_CELLS);
    const bar = '#'.repeat(cells).padEnd(BAR_CELLS, '.');
    process.stderr.write(
      `\r[${bar}] ${(share * 100).toFixed(0)} %  ${this.#finished} of ${this.#total} runs`,
    );
  }

  finishOne(): void {
    this.#finished++;
    this.show(0);
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K');
  }
}
