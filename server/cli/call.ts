import type { DescMethod, DescService, Message } from '@bufbuild/protobuf';
import { BacktestService } from '../../gen/ts/streamlib/v1/backtest_pb.ts';
import { EventService } from '../../gen/ts/streamlib/v1/event_pb.ts';
import { LinkService } from '../../gen/ts/streamlib/v1/link_pb.ts';
import { PipelineService } from '../../gen/ts/streamlib/v1/pipeline_pb.ts';
import { ProcessorService } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { RunnerService } from '../../gen/ts/streamlib/v1/runner_pb.ts';
import { RuntimeService } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { StrategyService } from '../../gen/ts/streamlib/v1/strategy_pb.ts';
import { TapService } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, UsageError } from './command.ts';
import { configFrom } from './config-values.ts';
import { messageFrom } from './message-from.ts';
import { messageJson, outputFormat, printLine, printText } from './output.ts';
import { yamlText } from './yaml-text.ts';

/** The member of the client that has a service. */
const SERVICES = {
  runtime: RuntimeService,
  processors: ProcessorService,
  links: LinkService,
  pipelines: PipelineService,
  runners: RunnerService,
  strategies: StrategyService,
  backtests: BacktestService,
  eventService: EventService,
  tapService: TapService,
} as const satisfies Readonly<Record<string, DescService>>;

type Member = keyof typeof SERVICES;

/** Every method of the API by its name, with the member of the client that has it. */
export const API_METHODS: ReadonlyMap<string, readonly [Member, DescMethod]> = new Map(
  (Object.keys(SERVICES) as Member[]).flatMap((member) =>
    SERVICES[member].methods.map((method) => [method.name, [member, method]] as const),
  ),
);

/** `streamlib call METHOD` */
export const callCommand: CliCommand = {
  name: 'call',
  operands: 'METHOD [FIELD=VALUE…]',
  operandCount: [1, 1000],
  summary:
    'Calls any method of the API, as GetProcessor, and prints what it answers; of a stream a line each.',
  words: [...API_METHODS.keys()],
  options: {
    ...CLIENT_OPTIONS,
    output: { ...CLIENT_OPTIONS.output, values: ['json', 'yaml'], description: 'json (default) or yaml' },
  },
  async run({ operands: [name = '', ...values], options }) {
    const [member, method] = API_METHODS.get(name) ?? [];
    if (member === undefined || method === undefined)
      throw new UsageError(
        `METHOD must be one of ${[...API_METHODS.keys()].join(', ')}, was ${JSON.stringify(name)}`,
      );
    const request = messageFrom(method.input, configFrom(values));
    const calls = serverOf(options)[member] as unknown as Record<string, (request: Message) => Answer>;
    const answer = calls[method.localName]?.(request) as Answer;
    const isYaml = outputFormat(options) === 'yaml';
    if (Symbol.asyncIterator in answer) {
      for await (const message of answer) {
        const json = messageJson(method.output, message);
        printLine(isYaml ? `---\n${yamlText(json).trimEnd()}` : JSON.stringify(json));
      }
    } else {
      const json = messageJson(method.output, await answer);
      printText(isYaml ? yamlText(json) : `${JSON.stringify(json, null, 2)}\n`);
    }
    return 0;
  },
};

type Answer = Promise<Message> | AsyncIterable<Message>;
