import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Client } from '@connectrpc/connect';
import { SeveritySchema } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import {
  CreateStrategyResponseSchema,
  DeleteStrategyResponseSchema,
  ListStrategiesResponseSchema,
  type Strategy,
  StrategySchema,
  type StrategyService,
  ValidateStrategyResponseSchema,
} from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, type OptionValues, UsageError } from './command.ts';
import { messageJson, printLine, printResult } from './output.ts';

const ACTIONS = 'list | get NAME | upload FILE | validate FILE-OR-NAME | rm NAME';
const COLUMNS = ['NAME', 'VERSION', 'SOURCE', 'RUNNERS', 'PARAMETERS', 'DESCRIPTION'];

/** `streamlib strategy` */
export const strategyCommand: CliCommand = {
  name: 'strategy',
  operands: 'ACTION [NAME]',
  operandCount: [1, 2],
  summary: `Looks after the strategies of a server: ${ACTIONS}.`,
  options: {
    ...CLIENT_OPTIONS,
    'new-version': { type: 'boolean', description: 'upload: add a version where the name is taken' },
  },
  async run({ operands: [action = '', ...operands], options }) {
    const act = ACTIONS_BY_NAME[action];
    if (act === undefined)
      throw new UsageError(`ACTION must be one of ${ACTIONS}, was ${JSON.stringify(action)}`);
    if (operands.length !== act.operandCount)
      throw new UsageError(`${action} takes ${act.operandCount} operands more, was ${operands.length}`);
    return await act.run(serverOf(options).strategies, operands[0] ?? '', options);
  },
};

interface Action {
  readonly operandCount: number;
  run(client: Client<typeof StrategyService>, operand: string, options: OptionValues): Promise<number>;
}

const ACTIONS_BY_NAME: Readonly<Record<string, Action>> = {
  list: {
    operandCount: 0,
    async run(client, _operand, options) {
      const answer = await client.listStrategies({ pageSize: 10_000 });
      const rows = answer.strategies.map(row);
      printResult(options, messageJson(ListStrategiesResponseSchema, answer), [COLUMNS, ...rows]);
      return 0;
    },
  },
  get: {
    operandCount: 1,
    async run(client, name, options) {
      const { strategy } = await client.getStrategy({ name });
      if (strategy === undefined) return 1;
      if (options.output === undefined || options.output === 'table') printLine(strategy.code);
      else printResult(options, messageJson(StrategySchema, strategy), []);
      return 0;
    },
  },
  upload: {
    operandCount: 1,
    async run(client, file, options) {
      const answer = await client.createStrategy({
        name: basename(file, '.lua'),
        code: codeIn(file),
        newVersion: options['new-version'] === true,
      });
      const rows = answer.strategy === undefined ? [] : [row(answer.strategy)];
      printResult(options, messageJson(CreateStrategyResponseSchema, answer), [COLUMNS, ...rows]);
      return 0;
    },
  },
  validate: {
    operandCount: 1,
    async run(client, operand, options) {
      const isFile = operand.endsWith('.lua');
      const answer = await client.validateStrategy({
        name: isFile ? basename(operand, '.lua') : operand,
        ...(isFile && { code: codeIn(operand) }),
      });
      const remarks = answer.diagnostics.map(({ line, column, severity, message, code }) => [
        `${operand}:${line}:${column}`,
        SeveritySchema.values.find(({ number }) => number === severity)?.localName.toLowerCase() ?? '?',
        code,
        message,
      ]);
      const summary = [answer.valid ? 'valid' : 'not valid', `${answer.ticksProcessed} ticks`];
      const rows = remarks.length > 0 ? [['PLACE', 'SEVERITY', 'CODE', 'MESSAGE'], ...remarks] : [summary];
      printResult(options, messageJson(ValidateStrategyResponseSchema, answer), rows);
      return answer.valid ? 0 : 1;
    },
  },
  rm: {
    operandCount: 1,
    async run(client, name, options) {
      const answer = await client.deleteStrategy({ name });
      printResult(options, messageJson(DeleteStrategyResponseSchema, answer), [[`${name} is gone`]]);
      return 0;
    },
  },
};

function codeIn(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  throw new UsageError(`FILE must be a file that is there, was ${JSON.stringify(file)}`);
}

function row({ name, version, source, runnerIds, parameters, description }: Strategy): string[] {
  return [
    name,
    String(version),
    source,
    String(runnerIds.length),
    parameters.map((parameter) => parameter.name).join(', ') || '-',
    description,
  ];
}
