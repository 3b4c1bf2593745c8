import { join, resolve } from 'node:path';
import { create, type DescMessage } from '@bufbuild/protobuf';
import { type BacktestCommand, BacktestResultSchema } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import type { CommandContext } from '../../gen/ts/streamlib/v1/command_pb.ts';
import { type RunnerCommand, RunnerResultSchema } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { type StrategyCommand, StrategyResultSchema } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import {
  backtestTopic,
  type CommandOptions,
  commandOptionsOf,
  PACKAGE_FOLDER,
  type RoomHandler,
  type RoomInternals,
  type RoomRuntime,
  StreamlibError,
} from '../runtime/index.ts';
import { BacktestFiles } from './backtest/job/backtest-files.ts';
import { BacktestJobs } from './backtest/job/backtest-jobs.ts';
import { BacktestThreads } from './backtest/job/backtest-threads.ts';
import { BacktestRpcs } from './service/backtest-rpcs.ts';
import { EngineRpcs } from './service/engine-rpcs.ts';
import { DEFAULT_FEEDS } from './service/feed-offers.ts';
import { newsPayload, newsTopic } from './service/news-payload.ts';
import { RunnerManager } from './service/runner-manager.ts';
import { RunnerRpcs } from './service/runner-rpcs.ts';
import { StrategyRpcs } from './service/strategy-rpcs.ts';
import { StrategyFiles, strategiesIn } from './strategies/strategy-files.ts';
import { StrategyStore } from './strategies/strategy-store.ts';

type CaseOf<Command extends { command: { case?: string | undefined } }> = NonNullable<
  Command['command']['case']
>;
type Handlers<Command extends { command: { case?: string | undefined } }> = {
  readonly [C in CaseOf<Command>]: (
    request: Extract<Command['command'], { case: C; value: unknown }>['value'],
    options: CommandOptions,
  ) => object | Promise<object>;
};

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
}

const SAMPLES = join(PACKAGE_FOLDER, 'examples', 'data');

/** Makes the trading rooms of a runtime: its strategies, its runners and the engine around them. */
export function createTradingCommands(
  runtime: RoomRuntime,
  internals: RoomInternals,
  { dataDirectory = SAMPLES }: TradingOptions = {},
): TradingRooms {
  const { stateDirectory, graph, emit } = internals;
  const strategies = new StrategyStore(
    stateDirectory === undefined ? undefined : new StrategyFiles(join(stateDirectory, 'strategies')),
  );
  for (const strategy of strategiesIn(join(PACKAGE_FOLDER, 'examples', 'strategies'), 'built_in'))
    strategies.put(strategy);
  const manager = new RunnerManager({
    operations: runtime,
    events: runtime.events,
    strategies,
    feeds: DEFAULT_FEEDS,
    graph,
    tell: (news) => {
      const payload = newsPayload(news);
      if (payload !== undefined) emit(payload, { topic: newsTopic(news) });
    },
  });
  const runners = new RunnerRpcs(manager, runtime);
  const engine = new EngineRpcs(manager, runtime);
  const strategy = new StrategyRpcs(strategies, manager, runtime);
  const jobs = new BacktestJobs(
    new BacktestThreads(),
    stateDirectory === undefined ? undefined : new BacktestFiles(join(stateDirectory, 'backtests')),
    ({ backtestId, state, progress, error }) =>
      emit(
        { case: 'backtestProgressed', value: { backtestId, state, progress, error } },
        { topic: backtestTopic(backtestId) },
      ),
  );
  const surroundings = { strategies, feeds: DEFAULT_FEEDS, dataDirectory: resolve(dataDirectory) };
  const backtests = new BacktestRpcs(jobs, surroundings, runtime);
  return {
    close: () => jobs.close(),
    runner: executing<RunnerCommand, typeof RunnerResultSchema>(RunnerResultSchema, {
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
    backtest: executing<BacktestCommand, typeof BacktestResultSchema>(BacktestResultSchema, {
      runBacktest: (request, options) => backtests.run(request, options),
      getBacktest: (request) => backtests.get(request),
      listBacktests: (request) => backtests.list(request),
      cancelBacktest: (request, options) => backtests.cancel(request, options),
      searchParameters: (request, options) => backtests.search(request, options),
    }),
    strategy: executing<StrategyCommand, typeof StrategyResultSchema>(StrategyResultSchema, {
      listStrategies: (request) => strategy.list(request),
      getStrategy: (request) => strategy.get(request),
      createStrategy: (request) => strategy.create(request),
      deleteStrategy: (request) => strategy.remove(request),
      validateStrategy: (request) => strategy.validate(request),
    }),
  };
}

/** The command's own handler, and its answer as the result of the same name. */
function executing<
  Command extends { command: { case?: string | undefined; value?: unknown } },
  Result extends DescMessage,
>(schema: Result, handlers: Handlers<Command>) {
  return async ({ command }: Command, context: CommandContext | undefined) => {
    if (command.case === undefined)
      throw new StreamlibError('FIELD_INVALID', 'command is required, was empty', { path: 'command' });
    // The request and its handler belong together, which a union of all does not tell.
    const handle = handlers[command.case as CaseOf<Command>] as (
      request: unknown,
      options: CommandOptions,
    ) => object | Promise<object>;
    const value = await handle(command.value, commandOptionsOf(context));
    return create(schema, { result: { case: command.case, value } } as never);
  };
}
