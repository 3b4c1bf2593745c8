import { join, resolve } from 'node:path';
import { BacktestResultSchema } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import { RunnerResultSchema } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { StrategyResultSchema } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import {
  backtestTopic,
  createRoomHandler,
  type JsonValue,
  PACKAGE_FOLDER,
  type RoomHandler,
  type RoomInternals,
  type RoomRuntime,
} from '../runtime/index.ts';
import { BacktestFiles } from './backtest/job/backtest-files.ts';
import { BacktestJobs } from './backtest/job/backtest-jobs.ts';
import { BacktestThreads } from './backtest/job/backtest-threads.ts';
import { BacktestRpcs } from './service/backtest-rpcs.ts';
import { EngineRpcs } from './service/engine-rpcs.ts';
import { DEFAULT_FEEDS } from './service/feed-offers.ts';
import { newsPayload, newsTopic } from './service/news-payload.ts';
import { readFeedOffers } from './service/read-feed-offers.ts';
import { RunnerManager } from './service/runner-manager.ts';
import { RunnerRpcs } from './service/runner-rpcs.ts';
import { StrategyRpcs } from './service/strategy-rpcs.ts';
import { SymbolReports } from './service/symbol-reports.ts';
import { StrategyFiles, strategiesIn } from './strategies/strategy-files.ts';
import { StrategyStore } from './strategies/strategy-store.ts';

/** What executes the commands about runners, strategies and the engine. */
export interface TradingRooms {
  readonly runner: RoomHandler<'runner'>;
  readonly strategy: RoomHandler<'strategy'>;
  readonly backtest: RoomHandler<'backtest'>;
  /** Ends the backtests that run. */
  close(): Promise<void>;
}

/** What the trading rooms are told by who starts the server. */
export interface TradingOptions {
  /** Where the files of backtests lie; default the samples of the package. */
  readonly dataDirectory?: string | undefined;
  /** Strategies as `{name}.lua`, beside those that come with the package and those that are uploaded; default none. */
  readonly strategyDirectory?: string | undefined;
  /** The content of a feeds file, as `readFeedOffers` takes it; default a sample of BTCUSDT and any made-up `SIM:*`. */
  readonly feeds?: JsonValue | undefined;
}

const SAMPLES = join(PACKAGE_FOLDER, 'examples', 'data');

/**
 * Makes the trading rooms of a runtime: its strategies, its runners and the engine around them. Throws FIELD_INVALID for
 * feeds that are wrong, and what a folder that cannot be read throws.
 */
export function createTradingCommands(
  runtime: RoomRuntime,
  internals: RoomInternals,
  { dataDirectory = SAMPLES, strategyDirectory, feeds: feedsContent }: TradingOptions = {},
): TradingRooms {
  const { stateDirectory, stateReadOnly, types, graph, emit } = internals;
  const strategies = new StrategyStore(
    stateDirectory === undefined ? undefined : new StrategyFiles(join(stateDirectory, 'strategies')),
    { readOnly: stateReadOnly },
  );
  const directories = [
    ...strategiesIn(join(PACKAGE_FOLDER, 'examples', 'strategies'), 'built_in'),
    ...(strategyDirectory === undefined ? [] : strategiesIn(strategyDirectory, 'directory')),
  ];
  for (const strategy of directories) strategies.ensure(strategy);
  const feeds = feedsContent === undefined ? DEFAULT_FEEDS : readFeedOffers(feedsContent, types);
  const manager = new RunnerManager({
    operations: runtime,
    events: runtime.events,
    strategies,
    feeds,
    graph,
    tell: (news) => {
      const payload = newsPayload(news);
      if (payload !== undefined) emit(payload, { topic: newsTopic(news) });
    },
  });
  const runners = new RunnerRpcs(manager, runtime, new SymbolReports(runtime.events));
  const engine = new EngineRpcs(manager, runtime);
  const strategy = new StrategyRpcs(strategies, manager, runtime);
  const jobs = new BacktestJobs(
    new BacktestThreads(),
    stateDirectory === undefined
      ? undefined
      : new BacktestFiles(join(stateDirectory, 'backtests'), { readOnly: stateReadOnly }),
    ({ backtestId, state, progress, error }) =>
      emit(
        { case: 'backtestProgressed', value: { backtestId, state, progress, error } },
        { topic: backtestTopic(backtestId) },
      ),
  );
  const surroundings = { strategies, feeds, dataDirectory: resolve(dataDirectory) };
  const backtests = new BacktestRpcs(jobs, surroundings, runtime);
  return {
    close: () => jobs.close(),
    runner: createRoomHandler<'runner'>(RunnerResultSchema, {
      listRunners: (request) => runners.list(request),
      createRunner: (request, options) => runners.create(request, options),
      getRunner: (request) => runners.get(request),
      updateRunner: (request, options) => runners.update(request, options),
      deleteRunner: (request, options) => runners.remove(request, options),
      getRunnerSnapshot: (request) => runners.snapshot(request),
      getRunnerHistory: (request) => runners.history(request),
      listRunnerSnapshots: (request) => runners.snapshots(request),
      listSymbols: (request) => runners.symbols(request),
      listSymbolRunners: (request) => runners.listOfSymbol(request),
      getTradingState: () => engine.get(),
      setTradingMode: (request, options) => engine.set(request, options),
    }),
    backtest: createRoomHandler<'backtest'>(BacktestResultSchema, {
      runBacktest: (request, options) => backtests.run(request, options),
      getBacktest: (request) => backtests.get(request),
      listBacktests: (request) => backtests.list(request),
      cancelBacktest: (request, options) => backtests.cancel(request, options),
      searchParameters: (request, options) => backtests.search(request, options),
    }),
    strategy: createRoomHandler<'strategy'>(StrategyResultSchema, {
      listStrategies: (request) => strategy.list(request),
      getStrategy: (request) => strategy.get(request),
      createStrategy: (request) => strategy.create(request),
      deleteStrategy: (request) => strategy.remove(request),
      validateStrategy: (request) => strategy.validate(request),
    }),
  };
}
