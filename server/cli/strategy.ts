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
import { type Actions, findAction } from './action.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, UsageError } from './command.ts';
import { messageJson, printLine, printResult } from './output.ts';

const USAGE = 'list | get NAME | upload FILE | validate FILE-OR-NAME | rm NAME';
const COLUMNS = ['NAME', 'VERSION', 'SOURCE', 'RUNNERS', 'PARAMETERS', 'DESCRIPTION'];

/** `streamlib strategy` */
export const strategyCommand: CliCommand = {
  name: 'strategy',
  operands: 'ACTION [NAME]',
  operandCount: [1, 2],
  words: ['list', 'get', 'upload', 'validate', 'rm'],
  summary: `Looks after the strategies of a server: ${USAGE}.`,
  options: {
    ...CLIENT_OPTIONS,
    'new-version': { type: 'boolean', description: 'upload: add a version where the name is taken' },
  },
  async run({ operands, options }) {
    const [action, others] = findAction(ACTIONS, USAGE, operands);
    return await action.run(serverOf(options).strategies, others, options);
  },
};

const ACTIONS: Actions<Client<typeof StrategyService>> = {
  list: {
    operandCount: [0, 0],
    async run(client, _operands, options) {
      const answer = await client.listStrategies({ pageSize: 10_000 });
      const rows = answer.strategies.map(row);
      printResult(options, messageJson(ListStrategiesResponseSchema, answer), [COLUMNS, ...rows]);
      return 0;
    },
  },
  get: {
    operandCount: [1, 1],
    async run(client, [name = ''], options) {
      const { strategy } = await client.getStrategy({ name });
      if (strategy === undefined) return 1;
      if (options.output === undefined || options.output === 'table') printLine(strategy.code);
      else printResult(options, messageJson(StrategySchema, strategy), []);
      return 0;
    },
  },
  upload: {
    operandCount: [1, 1],
    async run(client, [file = ''], options) {
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
    operandCount: [1, 1],
    async run(client, [operand = ''], options) {
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
    operandCount: [1, 1],
    async run(client, [name = ''], options) {
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
