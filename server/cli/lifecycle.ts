import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { StreamlibClient } from '../../clients/typescript/src/client.ts';
import {
  PauseProcessorResponseSchema,
  RestartProcessorResponseSchema,
  ResumeProcessorResponseSchema,
} from '../../gen/ts/streamlib/v1/processor_pb.ts';
import {
  PauseRuntimeResponseSchema,
  ResumeRuntimeResponseSchema,
  StartRuntimeResponseSchema,
  StopRuntimeResponseSchema,
} from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import type { JsonObject } from '../runtime/json.ts';
import { serverOf } from './client.ts';
import { type CliCommand, UsageError } from './command.ts';
import { CHANGE_OPTIONS, type ChangeFields, editFields, revisionCells } from './edit-options.ts';
import { messageJson, printResult } from './output.ts';

interface Outcome {
  readonly json: JsonObject;
  readonly revision: bigint;
  readonly unchanged: boolean;
}

/** What a command does to the runtime, and to a processor; absent where there is no such call. */
interface Lifecycle {
  readonly summary: string;
  runtime?(server: StreamlibClient, fields: ChangeFields): Promise<Outcome>;
  processor?(server: StreamlibClient, fields: ChangeFields & { processorId: string }): Promise<Outcome>;
}

const LIFECYCLES = {
  start: {
    summary: 'Starts the runtime.',
    runtime: ({ runtime }, fields) => outcome(StartRuntimeResponseSchema, runtime.startRuntime(fields)),
  },
  stop: {
    summary: 'Stops the runtime; the graph stays.',
    runtime: ({ runtime }, fields) => outcome(StopRuntimeResponseSchema, runtime.stopRuntime(fields)),
  },
  pause: {
    summary: 'Pauses the runtime, or one processor, also over restarts of the server.',
    runtime: ({ runtime }, fields) => outcome(PauseRuntimeResponseSchema, runtime.pauseRuntime(fields)),
    processor: ({ processors }, fields) =>
      outcome(PauseProcessorResponseSchema, processors.pauseProcessor(fields)),
  },
  resume: {
    summary: 'Has the runtime, or one processor, go on.',
    runtime: ({ runtime }, fields) => outcome(ResumeRuntimeResponseSchema, runtime.resumeRuntime(fields)),
    processor: ({ processors }, fields) =>
      outcome(ResumeProcessorResponseSchema, processors.resumeProcessor(fields)),
  },
  restart: {
    summary: 'Sets a processor up anew, with its state.',
    processor: ({ processors }, fields) =>
      outcome(RestartProcessorResponseSchema, processors.restartProcessor(fields)),
  },
} as const satisfies Readonly<Record<string, Lifecycle>>;

/** What is answered; changes of the runtime do not say whether there was anything to do. */
async function outcome<Desc extends DescMessage>(
  desc: Desc,
  answered: Promise<MessageShape<Desc> & { readonly revision: bigint; readonly unchanged?: boolean }>,
): Promise<Outcome> {
  const answer = await answered;
  const { revision, unchanged = false } = answer;
  return { json: messageJson(desc, answer), revision, unchanged };
}

/** `streamlib start`, `stop`, `pause`, `resume` or `restart` */
export function lifecycleCommand(name: keyof typeof LIFECYCLES): CliCommand {
  const { summary, runtime, processor }: Lifecycle = LIFECYCLES[name];
  const withId = runtime === undefined ? 'ID' : '[ID]';
  const operands = processor === undefined ? '' : withId;
  return {
    name,
    operands,
    operandCount: [runtime === undefined ? 1 : 0, processor === undefined ? 0 : 1],
    summary,
    options: CHANGE_OPTIONS,
    async run({ operands: [processorId], options }) {
      const server = serverOf(options);
      const fields = editFields(options);
      const outcome = await (processorId === undefined
        ? runtime?.(server, fields)
        : processor?.(server, { ...fields, processorId }));
      // NB: never so, since the number of operands was looked at before.
      if (outcome === undefined) throw new UsageError(`takes ${operands}`);
      printResult(options, outcome.json, [
        ['WHAT', 'REVISION', ''],
        [processorId ?? 'runtime', ...revisionCells(outcome)],
      ]);
      return 0;
    },
  };
}
