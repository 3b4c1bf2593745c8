import { existsSync, readdirSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { type BacktestData, type BacktestSpec, RowPolicy } from '../../../gen/ts/streamlib/v1/backtest_pb.ts';
import { type JsonObject, nearestNames, StreamlibError } from '../../runtime/index.ts';
import type { BacktestOrder, BacktestSource } from '../backtest/job/backtest-order.ts';
import { symbolInFileName } from '../backtest/job/symbol-in-file-name.ts';
import type { StrategyStore } from '../strategies/strategy-store.ts';
import { type FeedOffer, offerOf } from './feed-offers.ts';
import { executionOptionsOf, limitsOf } from './runner-settings.ts';

/** What specs refer to. */
export interface SpecSurroundings {
  readonly strategies: StrategyStore;
  readonly feeds: readonly FeedOffer[];
  /** Where the files of specs lie. */
  readonly dataDirectory: string;
}

const WINDOW_DEFAULT = 100;
const FINEST_STEP = 1e-8;
const SYNTHETIC_SYMBOL = 'SIM:BACKTEST';

/** A spec with what it takes from the server filled in, and the order that it stands for. */
export interface CompiledSpec {
  readonly spec: BacktestSpec;
  readonly order: BacktestOrder;
}

/** Throws what is wrong with a spec, naming the field and the value: FIELD_INVALID, STRATEGY_NOT_FOUND. */
export function compileSpec(given: BacktestSpec, surroundings: SpecSurroundings): CompiledSpec {
  const { strategies, feeds } = surroundings;
  const { strategyName, strategyCode, strategyVersion, startTime, endTime } = given;
  if ((strategyName === '') === (strategyCode === ''))
    throw invalid('spec.strategy_name', 'or strategy_code must be given, one of them', strategyName);
  const strategy = strategyName === '' ? undefined : strategies.get(strategyName, strategyVersion);
  const source = sourceOf(given.data, given.symbol, surroundings);
  const symbol = symbolOf(given, source);
  const offer = feeds.find(({ symbols }) => symbols.includes(symbol));
  const startMs = startTime && timestampMs(startTime);
  const endMs = endTime && timestampMs(endTime);
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs)
    throw invalid('spec.end_time', 'must be after start_time', new Date(endMs).toISOString());
  const spec = { ...given, symbol, strategyVersion: strategy?.version ?? 0 };
  return {
    spec,
    order: {
      code: strategy?.code ?? strategyCode,
      symbol,
      tickSize: offer?.tickSize ?? FINEST_STEP,
      lotSize: offer?.lotSize ?? FINEST_STEP,
      source,
      startMs,
      endMs,
      parameters: (given.parameters ?? {}) as JsonObject,
      seed: given.seed,
      windowSize: given.windowSize || WINDOW_DEFAULT,
      execution: executionOptionsOf(given.execution),
      limits: limitsOf(given.limits),
      isWhole: true,
    },
  };
}

function sourceOf(
  data: BacktestData | undefined,
  symbol: string,
  { feeds, dataDirectory }: SpecSurroundings,
): BacktestSource {
  switch (data?.source.case) {
    case 'file':
      return {
        kind: 'file',
        path: pathOf(data.source.value, dataDirectory),
        columns: data.columns,
        skips: data.brokenRows === RowPolicy.SKIP,
      };
    case 'feed': {
      const offer = offerOf(feeds, symbol, data.source.value);
      const { path } = offer.configOf(symbol);
      if (typeof path !== 'string')
        throw invalid('spec.data.feed', 'must have an end, as a recorded one', data.source.value);
      return { kind: 'file', path, columns: data.columns, skips: data.brokenRows === RowPolicy.SKIP };
    }
    case 'synthetic': {
      const { seed, ticks, intervalMs, initialPrice, annualDrift, annualVolatility, jumpsPerYear } =
        data.source.value;
      return {
        kind: 'synthetic',
        seed: Number(seed),
        ticks: Number(ticks),
        intervalMs: intervalMs || 1000,
        initialPrice: initialPrice ?? 100,
        annualDrift,
        annualVolatility: annualVolatility ?? 0.5,
        jumpsPerYear,
      };
    }
    default:
      throw invalid('spec.data', 'must name a file, a feed or synthetic data', 'absent');
  }
}

/** A file below the data directory and nowhere else. */
function pathOf(file: string, directory: string): string {
  const inside = normalize(file);
  if (file === '' || inside.startsWith('..') || inside.startsWith(sep) || inside.includes('\0'))
    throw invalid('spec.data.file', 'must lie below the data directory', file);
  const path = join(directory, inside);
  if (existsSync(path)) return path;
  const there = existsSync(directory)
    ? readdirSync(directory, { recursive: true })
        .map(String)
        .filter((name) => /\.csv(\.gz)?$/.test(name))
    : [];
  const near = nearestNames(file, there);
  const names = near.length > 0 ? near : there.sort().slice(0, 5);
  const hint = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`;
  const text = `spec.data.file must be there, was ${JSON.stringify(file)}; ${hint}`;
  throw new StreamlibError('FIELD_INVALID', text, { path: 'spec.data.file' });
}

/** The symbol that is given, or the one that the name of the file begins with. */
function symbolOf({ symbol, data }: BacktestSpec, source: BacktestSource): string {
  if (symbol !== '') return symbol;
  if (source.kind === 'synthetic') return SYNTHETIC_SYMBOL;
  const named = data?.source.case === 'file' ? symbolInFileName(data.source.value) : undefined;
  if (named !== undefined) return named;
  throw invalid('spec.symbol', 'is required where the data names none', '');
}

const invalid = (path: string, rule: string, value: string): StreamlibError =>
  new StreamlibError('FIELD_INVALID', `${path} ${rule}, was ${JSON.stringify(value)}`, { path });
