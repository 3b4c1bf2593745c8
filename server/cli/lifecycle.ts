import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { connectTo } from './client.ts';
import { type CliCommand, type OptionValues, UsageError } from './command.ts';
import { EDIT_OPTIONS, editFields, revisionCells } from './edit-options.ts';
import { printResult } from './output.ts';

/** What is answered; changes of the runtime do not say whether there was anything to do. */
interface Outcome {
  readonly revision: bigint;
  readonly unchanged?: boolean;
}

type Fields = ReturnType<typeof editFields>;

/** What a command does to the runtime, and to a processor; absent where there is no such call. */
interface Lifecycle {
  readonly summary: string;
  runtime?(fields: Fields, options: OptionValues): Promise<Outcome>;
  processor?(fields: Fields & { readonly processorId: string }, options: OptionValues): Promise<Outcome>;
}

const LIFECYCLES = {
  start: {
    summary: 'Starts the runtime.',
    runtime: (fields, options) => connectTo(RuntimeService, options).startRuntime(fields),
  },
  stop: {
    summary: 'Stops the runtime; the graph stays.',
    runtime: (fields, options) => connectTo(RuntimeService, options).stopRuntime(fields),
  },
  pause: {
    summary: 'Pauses the runtime, or one processor, also over restarts of the server.',
    runtime: (fields, options) => connectTo(RuntimeService, options).pauseRuntime(fields),
    processor: (fields, options) => connectTo(ProcessorService, options).pauseProcessor(fields),
  },
  resume: {
    summary: 'Has the runtime, or one processor, go on.',
    runtime: (fields, options) => connectTo(RuntimeService, options).resumeRuntime(fields),
    processor: (fields, options) => connectTo(ProcessorService, options).resumeProcessor(fields),
  },
  restart: {
    summary: 'Sets a processor up anew, with its state.',
    processor: (fields, options) => connectTo(ProcessorService, options).restartProcessor(fields),
  },
} as const satisfies Readonly<Record<string, Lifecycle>>;

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
    options: EDIT_OPTIONS,
    async run({ operands: [processorId], options }) {
      const fields = editFields(options);
      const answer = await (processorId === undefined
        ? runtime?.(fields, options)
        : processor?.({ ...fields, processorId }, options));
      // NB: never so, since the number of operands was looked at before.
      if (answer === undefined) throw new UsageError(`takes ${operands}`);
      const { revision, unchanged = false } = answer;
      printResult(options, { revision: Number(revision), unchanged }, [
        ['WHAT', 'REVISION', ''],
        [processorId ?? 'runtime', ...revisionCells({ revision, unchanged })],
      ]);
      return 0;
    },
  };
}
