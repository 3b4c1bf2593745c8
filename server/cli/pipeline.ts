import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { Client } from '@connectrpc/connect';
import { DataFrameSchema } from '../../gen/ts/streamlib/v1/frame_pb.ts';
import { PipelineStatsSchema } from '../../gen/ts/streamlib/v1/metrics_pb.ts';
import { WatchPipelineResponseSchema } from '../../gen/ts/streamlib/v1/pipeline_output_pb.ts';
import {
  CreatePipelineRequestSchema,
  CreatePipelineResponseSchema,
  DeletePipelineResponseSchema,
  ExecutePipelineResponseSchema,
  ListPipelinesResponseSchema,
  type Pipeline,
  PipelineSchema,
  type PipelineService,
  PipelineStateSchema,
  TriggerPipelineResponseSchema,
  ValidatePipelineRequestSchema,
  ValidatePipelineResponseSchema,
} from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { shortEnumName } from '../rpc/rest/index.ts';
import type { JsonObject, JsonValue } from '../runtime/json.ts';
import { type Actions, findAction } from './action.ts';
import { serverOf } from './client.ts';
import { type CliCommand, integer, type OptionValues, textOption, UsageError } from './command.ts';
import { CHANGE_OPTIONS, editFields } from './edit-options.ts';
import { messageFrom } from './message-from.ts';
import { fieldRows, messageJson, printError, printLine, printResult } from './output.ts';
import { untilSignal } from './until-signal.ts';

const USAGE =
  'list | get ID | create FILE | validate FILE | execute ID [FRAME] | trigger ID [FRAME] | watch ID | stats ID | rm ID';
const COLUMNS = ['ID', 'STATE', 'NODES', 'IN USE', 'WAITING', 'EXECUTIONS', 'FAILED'];

/** `streamlib pipeline` */
export const pipelineCommand: CliCommand = {
  name: 'pipeline',
  operands: 'ACTION [ID or FILE] [FRAME]',
  operandCount: [1, 3],
  summary: `Looks after the pipelines of a server: ${USAGE}. FILE is a config as JSON, FRAME a frame as JSON; - reads either from standard input.`,
  words: ['list', 'get', 'create', 'validate', 'execute', 'trigger', 'watch', 'stats', 'rm'],
  options: {
    ...CHANGE_OPTIONS,
    id: {
      type: 'string',
      value: 'ID',
      description: 'create: what it is called (default: that of the config, or made)',
    },
    node: { type: 'string', value: 'ID', description: 'execute, trigger, watch: which node' },
    count: { type: 'string', short: 'n', value: 'N', description: 'watch: ends after so many frames' },
  },
  async run({ operands, options }) {
    const [action, others] = findAction(ACTIONS, USAGE, operands);
    return await action.run(serverOf(options).pipelines, others, options);
  },
};

const ACTIONS: Actions<Client<typeof PipelineService>> = {
  list: {
    operandCount: [0, 0],
    async run(client, _operands, options) {
      const answer = await client.listPipelines({ pageSize: 10_000 });
      const rows = [COLUMNS, ...answer.pipelines.map(row)];
      printResult(options, messageJson(ListPipelinesResponseSchema, answer), rows);
      return 0;
    },
  },
  get: {
    operandCount: [1, 1],
    async run(client, [pipelineId = ''], options) {
      const { pipeline } = await client.getPipeline({ pipelineId });
      if (pipeline === undefined) return 1;
      const json = messageJson(PipelineSchema, pipeline);
      printResult(options, json, fieldRows(json));
      return 0;
    },
  },
  create: {
    operandCount: [1, 1],
    async run(client, [file = ''], options) {
      const config = messageFrom(CreatePipelineRequestSchema, await configIn(file));
      const id = textOption(options, 'id');
      Object.assign(config, editFields(options), id !== undefined && { pipelineId: id });
      const answer = await client.createPipeline(config);
      const rows = answer.pipeline === undefined ? [] : [row(answer.pipeline)];
      printResult(options, messageJson(CreatePipelineResponseSchema, answer), [COLUMNS, ...rows]);
      return 0;
    },
  },
  validate: {
    operandCount: [1, 1],
    async run(client, [file = ''], options) {
      const config = messageFrom(ValidatePipelineRequestSchema, await configIn(file));
      const answer = await client.validatePipeline(config);
      const faults = answer.faults.map(({ path, code, message }) => [path, code, message]);
      const rows =
        faults.length > 0
          ? [['PLACE', 'REASON', 'MESSAGE'], ...faults]
          : [['valid', `${answer.nodeOrder.join(', ')}`]];
      printResult(options, messageJson(ValidatePipelineResponseSchema, answer), rows);
      return answer.valid ? 0 : 1;
    },
  },
  execute: {
    operandCount: [1, 2],
    async run(client, [pipelineId = '', frame], options) {
      const answer = await client.executePipeline({ pipelineId, ...(await inputOf(frame, options)) });
      const json = messageJson(ExecutePipelineResponseSchema, answer);
      const rows = answer.outputs.flatMap(({ nodeId, port, frame }) =>
        Object.entries(frame?.payload ?? {}).map(([name, { values }]) => [
          nodeId,
          port,
          name,
          shortened(values),
        ]),
      );
      printResult(options, json, [['NODE', 'PORT', 'CHANNEL', 'VALUES'], ...rows]);
      return 0;
    },
  },
  trigger: {
    operandCount: [1, 2],
    async run(client, [pipelineId = '', frame], options) {
      const answer = await client.triggerPipeline({ pipelineId, ...(await inputOf(frame, options)) });
      const rows = [['SEQUENCE'], [String(answer.sequenceId)]];
      printResult(options, messageJson(TriggerPipelineResponseSchema, answer), rows);
      return 0;
    },
  },
  watch: {
    operandCount: [1, 1],
    async run(client, [pipelineId = ''], options) {
      const text = textOption(options, 'count');
      const count = BigInt(text === undefined ? 0 : integer('--count', text, 1, Number.MAX_SAFE_INTEGER));
      const request = { pipelineId, nodeId: textOption(options, 'node') ?? '', count };
      await untilSignal(async (signal) => {
        for await (const response of client.watchPipeline(request, { signal })) {
          const { message } = response;
          if (message.case === 'output')
            printLine(JSON.stringify(messageJson(WatchPipelineResponseSchema, response).output));
          else if (message.case === 'ending' && message.value.reason !== 'count')
            printError(`the watch ended: ${message.value.reason}`);
        }
      });
      return 0;
    },
  },
  stats: {
    operandCount: [1, 1],
    async run(client, [pipelineId = ''], options) {
      const { stats } = await client.getPipelineStats({ pipelineId });
      if (stats === undefined) return 1;
      const json = messageJson(PipelineStatsSchema, stats);
      printResult(options, json, fieldRows(json));
      return 0;
    },
  },
  rm: {
    operandCount: [1, 1],
    async run(client, [pipelineId = ''], options) {
      const answer = await client.deletePipeline({ pipelineId, ...editFields(options) });
      const rows = [['REVISION'], [String(answer.revision)]];
      printResult(options, messageJson(DeletePipelineResponseSchema, answer), rows);
      return 0;
    },
  },
};

function row({ pipelineId, state, nodes, stats }: Pipeline): string[] {
  const value = PipelineStateSchema.value[state];
  return [
    pipelineId,
    value === undefined ? '?' : shortEnumName(value),
    String(nodes.length),
    String(stats?.inUse ?? 0),
    String(stats?.waiting ?? 0),
    String(stats?.executions ?? 0),
    String(stats?.failed ?? 0),
  ];
}

const SHOWN_VALUES = 8;

const shortened = (values: readonly number[]): string => {
  const shown = values.slice(0, SHOWN_VALUES).join(' ');
  return values.length > SHOWN_VALUES ? `${shown} … (${values.length})` : shown;
};

/** A config, without what editors want and the server does not know. */
async function configIn(file: string): Promise<JsonObject> {
  const { $schema: _forEditors, ...config } = await jsonIn('FILE', file);
  return config;
}

async function inputOf(text: string | undefined, options: OptionValues) {
  const nodeId = textOption(options, 'node') ?? '';
  if (text === undefined) return { nodeId };
  const json = text.startsWith('{') ? objectIn('FRAME', text) : await jsonIn('FRAME', text);
  return { nodeId, frame: messageFrom(DataFrameSchema, json) };
}

async function jsonIn(name: string, file: string): Promise<JsonObject> {
  try {
    return objectIn(name, file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${name} must be a file that can be read, was ${JSON.stringify(file)}`, {
      cause: error,
    });
  }
}

function objectIn(name: string, text: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new UsageError(`${name} must be JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${name} must be a JSON object, was ${text.slice(0, 100)}`);
}
