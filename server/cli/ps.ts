import { ListProcessorsResponseSchema, type Processor } from '../../gen/ts/streamlib/v1/processor_pb.ts';
import { PROCESSOR_STATES, wordOf } from '../runtime/vocabulary.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand } from './command.ts';
import { messageJson, printResult } from './output.ts';

/** `streamlib ps` */
export const psCommand: CliCommand = {
  name: 'ps',
  operands: '',
  operandCount: [0, 0],
  summary: 'Lists the processors of a server with their states and counts.',
  options: CLIENT_OPTIONS,
  async run({ options }) {
    const client = serverOf(options).processors;
    const answer = await client.listProcessors({ pageSize: 10_000 });
    for (let token = answer.nextPageToken; token !== ''; ) {
      const page = await client.listProcessors({ pageSize: 10_000, pageToken: token });
      answer.processors.push(...page.processors);
      token = page.nextPageToken;
    }
    answer.nextPageToken = '';
    const json = messageJson(ListProcessorsResponseSchema, answer);
    const head = ['ID', 'TYPE', 'STATE', 'LANE', 'IN', 'OUT', 'DROPPED', 'ERRORS', 'P99 µs'];
    printResult(options, json, [head, ...answer.processors.map(row)]);
    return 0;
  },
};

function row({ processorId, processorType, state, laneId, metrics, error }: Processor): string[] {
  const word = wordOf(PROCESSOR_STATES, state) ?? '?';
  return [
    processorId,
    processorType,
    error === undefined ? word : `${word} (${error.message})`,
    laneId || '-',
    String(metrics?.framesIn ?? 0),
    String(metrics?.framesOut ?? 0),
    String(metrics?.framesDropped ?? 0),
    String(metrics?.errors ?? 0),
    (metrics?.processTime?.p99Us ?? 0).toFixed(1),
  ];
}
