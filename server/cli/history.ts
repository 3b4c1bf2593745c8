import { timestampDate } from '@bufbuild/protobuf/wkt';
import { ListRevisionsResponseSchema, type Revision } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { CHANGE_KINDS, wordOf } from '../runtime/vocabulary.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, type CliCommand, textOption, UsageError } from './command.ts';
import { messageJson, printResult } from './output.ts';

const DEFAULT_COUNT = 20;
/** How many parts of a revision a row names. */
const SHOWN_PARTS = 3;

/** `streamlib history` */
export const historyCommand: CliCommand = {
  name: 'history',
  operands: '',
  operandCount: [0, 0],
  summary:
    'Lists the revisions of a graph, newest first: who made them, when, and what they changed. * is the one that runs.',
  options: {
    count: { type: 'string', short: 'n', value: 'N', description: `how many (default ${DEFAULT_COUNT})` },
    ...CLIENT_OPTIONS,
  },
  async run({ options }) {
    const text = textOption(options, 'count') ?? String(DEFAULT_COUNT);
    const pageSize = Number(text);
    if (!/^\d+$/.test(text) || pageSize < 1 || pageSize > 10_000)
      throw new UsageError(`--count must be an integer from 1 to 10000, was ${JSON.stringify(text)}`);
    const answer = await serverOf(options).runtime.listRevisions({ pageSize });
    const running = answer.revisions.find(({ effective }) => effective);
    const head = ['REVISION', 'TIME', 'ACTOR', 'OWNER', 'CHANGES'];
    printResult(options, messageJson(ListRevisionsResponseSchema, answer), [
      head,
      ...answer.revisions.map((revision) => row(revision, revision === running)),
    ]);
    return 0;
  },
};

function row({ revision, time, actor, owner, changes }: Revision, isRunning: boolean): string[] {
  const parts = changes.map(({ kind, part }) => `${wordOf(CHANGE_KINDS, kind) ?? 'updated'} ${part.value}`);
  const more = parts.length > SHOWN_PARTS ? ` and ${parts.length - SHOWN_PARTS} more` : '';
  return [
    `${revision}${isRunning ? ' *' : ''}`,
    time === undefined ? '-' : timestampDate(time).toISOString(),
    actor || '-',
    owner || '-',
    `${parts.slice(0, SHOWN_PARTS).join(', ')}${more}`,
  ];
}
