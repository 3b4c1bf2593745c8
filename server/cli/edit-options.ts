import type { GraphEdits } from '../../clients/typescript/src/graph.ts';
import { OnFailure, Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { ApplyGraphResponseSchema } from '../../gen/ts/streamlib/v1/runtime_pb.ts';
import { changeTables } from './change-table.ts';
import { serverOf } from './client.ts';
import { CLIENT_OPTIONS, integer, type OptionHelp, type OptionValues, textOption } from './command.ts';
import { messageJson, printReport } from './output.ts';

/** The options of commands that change what a server does. */
export const CHANGE_OPTIONS = {
  ...CLIENT_OPTIONS,
  wait: { type: 'boolean', description: 'wait until it is effective, or taken back' },
  'expected-revision': {
    type: 'string',
    value: 'N',
    description: 'only if nobody has edited the graph since that revision',
  },
  'request-id': {
    type: 'string',
    value: 'ID',
    description: 'made once with this id, however often it is asked for',
  },
} as const satisfies Record<string, OptionHelp>;

/** The options of commands that edit the graph. */
export const EDIT_OPTIONS = {
  ...CHANGE_OPTIONS,
  'on-failure': {
    type: 'string',
    value: 'POLICY',
    values: ['keep', 'rollback'],
    description: 'a processor that cannot be set up: keep it, failed, or rollback the edit',
  },
  'dry-run': { type: 'boolean', description: 'tell what would happen, and change nothing' },
} as const satisfies Record<string, OptionHelp>;

/** The fields of a request that these options give. */
export interface ChangeFields {
  readonly wait: Wait;
  readonly requestId: string;
  readonly onFailure: OnFailure;
  readonly expectedRevision?: bigint;
}

const ON_FAILURE = { keep: OnFailure.KEEP, rollback: OnFailure.ROLLBACK };

/** The same as fields of a request. */
export function editFields(options: OptionValues): ChangeFields {
  const expected = textOption(options, 'expected-revision');
  const policy = textOption(options, 'on-failure') as keyof typeof ON_FAILURE | undefined;
  return {
    wait: options.wait === true ? Wait.EFFECTIVE : Wait.UNSPECIFIED,
    requestId: textOption(options, 'request-id') ?? '',
    onFailure: policy === undefined ? OnFailure.UNSPECIFIED : ON_FAILURE[policy],
    ...(expected !== undefined && {
      expectedRevision: BigInt(integer('--expected-revision', expected, 0, Number.MAX_SAFE_INTEGER)),
    }),
  };
}

/** With `--dry-run` prints what edits would do, and answers true: then nothing is to be done. */
export async function printDryRun(
  options: OptionValues,
  edit: (graph: GraphEdits) => void,
): Promise<boolean> {
  if (options['dry-run'] !== true) return false;
  const graph = serverOf(options).graph();
  edit(graph);
  // The id is for the edit itself.
  const answer = await graph.apply({ ...editFields(options), requestId: '', dryRun: true });
  printReport(options, messageJson(ApplyGraphResponseSchema, answer), changeTables(answer, true));
  return true;
}

/** How the revision of an edit is shown: also whether there was anything to do. */
export const revisionCells = ({
  revision,
  unchanged,
}: {
  revision: bigint;
  unchanged: boolean;
}): string[] => [String(revision), unchanged ? 'unchanged' : 'done'];
