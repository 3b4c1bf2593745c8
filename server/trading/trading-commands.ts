import { join } from 'node:path';
import { create, type DescMessage } from '@bufbuild/protobuf';
import type { CommandContext } from '../../gen/ts/streamlib/v1/command_pb.ts';
import { type RunnerCommand, RunnerResultSchema } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { type StrategyCommand, StrategyResultSchema } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import {
  type CommandOptions,
  commandOptionsOf,
  PACKAGE_FOLDER,
  type RoomHandler,
  type RoomInternals,
  type RoomRuntime,
  StreamlibError,
} from '../runtime/index.ts';
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
}

/** Makes the trading rooms of a runtime: its strategies, its runners and the engine around them. */
export function createTradingCommands(runtime: RoomRuntime, internals: RoomInternals): TradingRooms {
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
  return {
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
