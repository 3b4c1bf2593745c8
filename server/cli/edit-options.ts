import { Wait } from '../../gen/ts/streamlib/v1/mutation_pb.ts';
import { CLIENT_OPTIONS, integer, type OptionHelp, type OptionValues, textOption } from './command.ts';

/** The options of commands that edit the graph. */
export const EDIT_OPTIONS = {
  ...CLIENT_OPTIONS,
  wait: { type: 'boolean', description: 'wait until it is effective, or taken back' },
  'expected-revision': {
    type: 'string',
    value: 'N',
    description: 'only if nobody has edited the graph since that revision',
  },
} as const satisfies Record<string, OptionHelp>;

/** The same as fields of a request. */
export function editFields(options: OptionValues): { wait: Wait; expectedRevision?: bigint } {
  const expected = textOption(options, 'expected-revision');
  return {
    wait: options.wait === true ? Wait.EFFECTIVE : Wait.UNSPECIFIED,
    ...(expected !== undefined && {
      expectedRevision: BigInt(integer('--expected-revision', expected, 0, Number.MAX_SAFE_INTEGER)),
    }),
  };
}

/** How the revision of an edit is shown: also whether there was anything to do. */
export const revisionCells = ({
  revision,
  unchanged,
}: {
  revision: bigint;
  unchanged: boolean;
}): string[] => [String(revision), unchanged ? 'unchanged' : 'done'];
