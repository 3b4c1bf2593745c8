import type { Client } from '@connectrpc/connect';
import {
  CreateRunnerResponseSchema,
  DeleteRunnerResponseSchema,
  GetRunnerHistoryResponseSchema,
  ListRunnersResponseSchema,
  type Runner,
  RunnerSchema,
  type RunnerService,
} from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { RunnerSnapshotSchema, RunnerStatusSchema } from '../../gen/ts/streamlib/v1/runner_snapshot_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { type Actions, findAction } from './action.ts';
import { parseParameter } from './backtest-parameters.ts';
import { serverOf } from './client.ts';
import {
  CLIENT_OPTIONS,
  type CliCommand,
  integer,
  type OptionValues,
  textOption,
  textOptions,
  UsageError,
} from './command.ts';
import { fieldRows, messageJson, printResult } from './output.ts';

const USAGE = 'list | get ID | create ID SYMBOL STRATEGY | rm ID | snapshot ID | history ID';
const COLUMNS = ['ID', 'SYMBOL', 'STRATEGY', 'STATUS', 'STATE', 'TICKS', 'ERRORS', 'POSITION', 'EQUITY'];

/** `streamlib runner` */
export const runnerCommand: CliCommand = {
  name: 'runner',
  operands: 'ACTION [ID] [SYMBOL] [STRATEGY]',
  operandCount: [1, 4],
  words: ['list', 'get', 'create', 'rm', 'snapshot', 'history'],
  summary: `Looks after the trading runners of a server: ${USAGE}.`,
  options: {
    ...CLIENT_OPTIONS,
    window: { type: 'string', value: 'N', description: 'create: ticks that the strategy can look back at' },
    param: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      description: 'create: a parameter of the strategy, as fast=12',
    },
    'stop-on-error': { type: 'boolean', description: 'create: end at the first error' },
    count: { type: 'string', value: 'N', description: 'history: how many ticks (default 100)' },
  },
  async run({ operands, options }) {
    const [action, others] = findAction(ACTIONS, USAGE, operands);
    return await action.run(serverOf(options).runners, others, options);
  },
};

const ACTIONS: Actions<Client<typeof RunnerService>> = {
  list: {
    operandCount: [0, 0],
    async run(client, _operands, options) {
      const answer = await client.listRunners({ pageSize: 10_000 });
      printResult(options, messageJson(ListRunnersResponseSchema, answer), [
        COLUMNS,
        ...answer.runners.map(row),
      ]);
      return 0;
    },
  },
  get: {
    operandCount: [1, 1],
    async run(client, [runnerId = ''], options) {
      const { runner } = await client.getRunner({ runnerId });
      if (runner === undefined) return 1;
      printResult(options, messageJson(RunnerSchema, runner), [COLUMNS, row(runner)]);
      return 0;
    },
  },
  create: {
    operandCount: [3, 3],
    async run(client, [runnerId = '', symbol = '', strategyName = ''], options) {
      const window = textOption(options, 'window');
      const answer = await client.createRunner({
        runnerId,
        symbol,
        strategyName,
        windowSize: window === undefined ? 0 : integer('--window', window, 1, 1_000_000),
        config: { parameters: parametersOf(options), stopOnError: options['stop-on-error'] === true },
      });
      const rows = answer.runner === undefined ? [] : [row(answer.runner)];
      printResult(options, messageJson(CreateRunnerResponseSchema, answer), [COLUMNS, ...rows]);
      return 0;
    },
  },
  rm: {
    operandCount: [1, 1],
    async run(client, [runnerId = ''], options) {
      const answer = await client.deleteRunner({ runnerId });
      const rows = [['REVISION'], [String(answer.revision)]];
      printResult(options, messageJson(DeleteRunnerResponseSchema, answer), rows);
      return 0;
    },
  },
  snapshot: {
    operandCount: [1, 1],
    async run(client, [runnerId = ''], options) {
      const { snapshot } = await client.getRunnerSnapshot({ runnerId });
      if (snapshot === undefined) return 1;
      const json = messageJson(RunnerSnapshotSchema, snapshot);
      printResult(options, json, fieldRows(json));
      return 0;
    },
  },
  history: {
    operandCount: [1, 1],
    async run(client, [runnerId = ''], options) {
      const count = integer('--count', textOption(options, 'count') ?? '100', 1, 1_000_000);
      const answer = await client.getRunnerHistory({ runnerId, count });
      const rows = answer.ticks.map(({ timestampMs, price, size }) => [
        new Date(Number(timestampMs)).toISOString(),
        String(price),
        String(size),
      ]);
      printResult(options, messageJson(GetRunnerHistoryResponseSchema, answer), [
        ['TIME', 'PRICE', 'SIZE'],
        ...rows,
      ]);
      return 0;
    },
  },
};

function row(runner: Runner): string[] {
  const { runnerId, symbol, strategyName, strategyVersion, status, state, stats, position, equity, error } =
    runner;
  const word =
    RunnerStatusSchema.values.find(({ number }) => number === status)?.localName.toLowerCase() ?? '?';
  return [
    runnerId,
    symbol,
    `${strategyName}@${strategyVersion}`,
    error === undefined ? word : `${word} (${error.message})`,
    state,
    String(stats?.ticksProcessed ?? 0),
    String(stats?.errors ?? 0),
    position === undefined ? '-' : `${position.side} ${position.quantity}`,
    equity.toFixed(2),
  ];
}

function parametersOf(options: OptionValues): JsonObject {
  const parameters = textOptions(options, 'param').map((text) => {
    const range = parseParameter(text);
    const [value, ...others] = 'values' in range ? range.values : [];
    if (value === undefined || others.length > 0)
      throw new UsageError(`--param must have one value, was ${JSON.stringify(text)}`);
    return [range.name, value] as const;
  });
  return Object.fromEntries(parameters);
}
